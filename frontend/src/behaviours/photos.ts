import { behaviour } from "./registry";
import { withExif } from "./exif";
import { fit } from "./fit";
import { drawing } from "./drawing";
import { toast } from "./toast";
import { say } from "../texts";

/** The photo picker: shows what was chosen, lets one be taken out, shrinks large ones before they travel. */
const SMALL_ENOUGH = 1_200_000;
const QUALITY = 0.84;

/** A smaller JPEG of the photo, or the photo itself when it is small or this browser cannot read it (HEIC). */
export async function shrink(file: File): Promise<File> {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const [width, height] = fit(picture.width, picture.height);
  if (width === picture.width && file.size <= SMALL_ENOUGH) return file;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0, width, height);
  picture.close();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob || blob.size >= file.size) return file;
  const bytes = withExif(new Uint8Array(await file.arrayBuffer()), new Uint8Array(await blob.arrayBuffer()));
  return new File([bytes.slice()], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified });
}

const looksLikePhoto = (file: File): boolean => file.type.startsWith("image/") || /\.(heic|heif)$/i.test(file.name);
class Picker {
  private files: File[] = [];
  private readonly list = document.createElement("ul");
  private readonly most: number;

  constructor(private readonly input: HTMLInputElement) {
    this.most = Number(input.dataset.max ?? (input.multiple ? 6 : 1));
    this.list.className = "photo-picker-list";
    input.after(this.list);
    input.addEventListener("change", () => void this.take([...(input.files ?? [])]));
    input.form?.addEventListener("reset", () => this.keep([]));
    this.draw();
  }

  private async take(chosen: File[]): Promise<void> {
    const photos = chosen.filter(looksLikePhoto);
    if (photos.length < chosen.length) toast(say("photo_strange"));
    if (this.files.length + photos.length > this.most) toast(say("photo_full", this.most));
    const room = photos.slice(0, this.most - this.files.length);
    this.list.setAttribute("aria-busy", "true");
    if (room.some((file) => file.size > SMALL_ENOUGH)) toast(say("photo_busy"), 1500);
    const ready: File[] = [];
    for (const file of room) ready.push(await shrink(file));
    this.list.removeAttribute("aria-busy");
    this.keep([...this.files, ...ready]);
  }

  private keep(files: File[]): void {
    this.files = files;
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    this.input.files = transfer.files;
    this.input.dispatchEvent(new CustomEvent("linli:photos", { bubbles: true, detail: files }));
    this.draw();
  }

  private draw(): void {
    for (const image of this.list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    const tiles = this.files.map((file, index) => this.tile(file, index));
    if (this.files.length < this.most) tiles.push(this.adder());
    this.list.replaceChildren(...tiles);
  }

  private tile(file: File, index: number): HTMLLIElement {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    const size = document.createElement("span");
    size.className = "photo-picker-size";
    size.textContent = file.size > 999_999 ? `${(file.size / 1e6).toFixed(1)} MB` : `${Math.ceil(file.size / 1000)} kB`;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "photo-picker-remove";
    remove.setAttribute("aria-label", say("photo_remove", index + 1));
    remove.append(drawing("x"));
    remove.addEventListener("click", () => this.keep(this.files.filter((one) => one !== file)));
    item.append(image, size, remove);
    return item;
  }

  private adder(): HTMLLIElement {
    const item = document.createElement("li");
    const label = document.createElement("label");
    label.className = "photo-picker-add";
    label.htmlFor = this.input.id;
    label.append(drawing("camera"), say("photo_add"));
    item.append(label);
    return item;
  }
}

behaviour("input[type=file][data-photos]", (input) => {
  input.id ||= `photos-${Math.random().toString(36).slice(2, 8)}`;
  new Picker(input as HTMLInputElement);
});
