import { marked, MOST_PHOTOS, type Mark } from "./camera";
import { h, icon, picture } from "./dom";
import { addPicture, pictureBytes, removePicture } from "./items";
import type { Keeper } from "./keeper";
import { t } from "./texts";
import type { Item, Picture } from "./types";
import { toast } from "../behaviours/toast";

/** Taking photos for an item: each is marked, kept at once, shown, and can be taken out again. */
export function photoField(keeper: Keeper, mark: () => Mark, onchange: () => void = () => {}): HTMLElement {
  const { item } = keeper;
  const list = h("ul.shots");
  const busy = h("p.field-help", { role: "status" });
  const take = async (files: FileList | null): Promise<void> => {
    for (const file of files ?? []) {
      if (item.photos.length >= MOST_PHOTOS) {
        toast(t("photo_most", MOST_PHOTOS));
        break;
      }
      busy.textContent = t("photo_working");
      await takeOne(keeper, file, mark());
    }
    busy.textContent = "";
    await draw();
    onchange();
  };
  const input = (id: string, capture: boolean): HTMLInputElement => {
    const element = h("input.visually-hidden", {
      id, type: "file", accept: "image/*", multiple: !capture, capture: capture ? "environment" : undefined,
      onchange: () => void take(element.files).then(() => (element.value = "")),
    });
    return element;
  };
  const [camera, album] = [`camera-${item.id}`, `album-${item.id}`];
  const draw = async (): Promise<void> => {
    list.replaceChildren(...(await Promise.all(item.photos.map((photo, at) => shot(keeper, photo, at, () => void draw().then(onchange))))));
  };
  void draw();
  return h("div.photo-field",
    h("div.photo-buttons",
      input(camera, true), h("label.photo-big", { for: camera }, icon("camera", "lg"), h("span", t("take_photo"))),
      input(album, false), h("label.photo-small", { for: album }, icon("photo"), h("span", t("from_album")))),
    busy, list);
}

async function takeOne(keeper: Keeper, file: File, mark: Mark): Promise<void> {
  const data = await marked(file, mark);
  if (!data) {
    toast(t("photo_unreadable"), 5000);
    return;
  }
  try {
    await addPicture(keeper.item, data);
    keeper.changed();
    await keeper.flush();
  } catch {
    toast(t("save_failed"), 8000);
  }
}

async function shot(keeper: Keeper, photo: Picture, at: number, redraw: () => void): Promise<HTMLLIElement> {
  const data = await pictureBytes(photo);
  return h("li.shot",
    data ? picture(data, t("photo_alt", at + 1), "image/jpeg") : icon("photo-off"),
    h("button.shot-remove", { type: "button", "aria-label": t("photo_remove", at + 1), onclick: () => void removePicture(keeper.item, photo).then(redraw) }, icon("x")));
}

/** The pictures of an item that can no longer be changed. */
export async function shotsOf(item: Item): Promise<HTMLElement | null> {
  const shown = await Promise.all(item.photos.map(async (photo, at) => {
    const data = await pictureBytes(photo);
    return data ? h("li.shot", picture(data, t("photo_alt", at + 1), "image/jpeg")) : null;
  }));
  const there = shown.filter((one): one is HTMLLIElement => one !== null);
  return there.length ? h("ul.shots", there) : null;
}
