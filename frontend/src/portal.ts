/** The report page and the pages of a report: photos on their way early, kinds by word, one place from many ways. */
import "./styles/portal_pages.css";
import { attachAll, behaviour } from "./behaviours/registry";
import { toast } from "./behaviours/toast";
import { ranked } from "./portal/kinds";

const MOST_FOUND = 12;

type Sent = { id: string; thumbnail: string; place: { lng: number; lat: number } | null };

const part = <Kind extends HTMLElement>(root: ParentNode, selector: string): Kind | null => root.querySelector<Kind>(selector);

/** Photos go to the server as soon as they are chosen; what has not arrived when the form is sent goes with it. */
class Sender {
  private readonly arrived = new Map<File, HTMLInputElement>();
  private readonly under = new Map<File, AbortController>();

  constructor(private readonly form: HTMLFormElement, private readonly input: HTMLInputElement, private readonly url: string) {
    input.addEventListener("linli:photos", (event) => this.follow((event as CustomEvent<File[]>).detail));
    form.addEventListener("submit", (event) => !event.defaultPrevented && this.leaveRest());
  }

  private follow(files: File[]): void {
    for (const [file, hidden] of this.arrived) {
      if (files.includes(file)) continue;
      hidden.remove();
      this.arrived.delete(file);
    }
    for (const [file, stop] of this.under) if (!files.includes(file)) stop.abort();
    for (const file of files) if (!this.arrived.has(file) && !this.under.has(file)) void this.send(file);
  }

  private async send(file: File): Promise<void> {
    const stop = new AbortController();
    this.under.set(file, stop);
    const body = new FormData();
    body.append("file", file);
    const token = part<HTMLInputElement>(this.form, "input[name=csrfmiddlewaretoken]")?.value ?? "";
    try {
      const answer = await fetch(this.url, {
        method: "POST", body, signal: stop.signal, credentials: "same-origin", headers: { Accept: "application/json", "X-CSRFToken": token },
      });
      const said = (await answer.json()) as Sent & { detail?: string };
      if (answer.ok) this.keep(file, said);
      else if (said.detail) toast(said.detail, 7000);
    } catch {
      // No network now: the photo goes with the form.
    } finally {
      this.under.delete(file);
    }
  }

  private keep(file: File, sent: Sent): void {
    const hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = "photo";
    hidden.value = sent.id;
    this.form.append(hidden);
    this.arrived.set(file, hidden);
    this.input.dispatchEvent(new CustomEvent("linli:photo-sent", { bubbles: true, detail: sent }));
  }

  private leaveRest(): void {
    const rest = new DataTransfer();
    for (const file of this.input.files ?? []) if (!this.arrived.has(file)) rest.items.add(file);
    for (const stop of this.under.values()) stop.abort();
    this.input.files = rest.files;
  }
}

behaviour(".photo-picker[data-send]", (picker) => {
  const input = part<HTMLInputElement>(picker, "input[type=file]");
  if (input?.form && picker.dataset.send) new Sender(input.form, input, picker.dataset.send);
});

/** One kind of many: found by a word, shown alone once chosen. */
behaviour("form[data-report]", (element) => {
  const chosen = part(element, "[data-chosen]");
  const found = part(element, "[data-found]");
  const word = part<HTMLInputElement>(element, "[data-find-kind]");
  const all = [...element.querySelectorAll<HTMLLabelElement>(".kinds-all .kind")];
  if (!chosen || !found || !word) return;

  const copyOf = (label: Element): HTMLElement => label.cloneNode(true) as HTMLElement;
  const search = (): void => {
    const hits = ranked(all, (label) => (label.dataset.words ?? "").split(/\s+/), word.value, MOST_FOUND);
    found.replaceChildren(...hits.map(copyOf));
    found.hidden = hits.length === 0;
    element.classList.toggle("kind-searching", hits.length > 0);
  };
  const choose = (input: HTMLInputElement): void => {
    const copy = copyOf(input.closest(".kind") as Element);
    const own = part<HTMLInputElement>(copy, "input") as HTMLInputElement;
    chosen.replaceChildren(copy);
    own.checked = true;
    word.value = "";
    search();
    element.classList.add("kind-is-chosen");
  };
  element.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.name === "category" && input.checked && !chosen.contains(input)) choose(input);
  });
  element.addEventListener("click", (event) => {
    if (!(event.target as HTMLElement).closest("[data-change-kind]")) return;
    element.classList.remove("kind-is-chosen");
    word.focus();
  });
  word.addEventListener("input", search);
  word.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    part<HTMLInputElement>(found, "input")?.focus();
  });
  const checked = part<HTMLInputElement>(element, "input[name=category]:checked");
  if (checked && chosen.contains(checked)) element.classList.add("kind-is-chosen");
  else if (checked) choose(checked);
});

/** Point, building and area exclude each other: what was chosen last is the place. */
behaviour("[data-place]", (place) => {
  const form = place.closest("form") as HTMLFormElement;
  const said = part(place, "[data-place-said]");
  const lng = part<HTMLInputElement>(place, "input[name=lng]");
  const lat = part<HTMLInputElement>(place, "input[name=lat]");
  const area = part<HTMLSelectElement>(place, "select[name=area]");
  const where = part<HTMLInputElement>(place, "input[name=where]");
  if (!said || !lng || !lat || !area) return;
  let isMovedByUs = false;

  const tell = (words: string): void => {
    said.textContent = words ? (place.dataset.saidChosen ?? "{0}").replace("{0}", words) : (place.dataset.saidOutside ?? "");
    said.classList.toggle("place-outside", !words);
  };
  const dropPoint = (): void => {
    lng.value = "";
    lat.value = "";
  };
  const dropBuildings = (): void => place.querySelectorAll<HTMLInputElement>("input[name=building]:checked").forEach((one) => (one.checked = false));
  place.addEventListener("linli:picked", (event) => {
    if (isMovedByUs) return;
    dropBuildings();
    area.value = "";
    tell((event as CustomEvent<{ name: string }>).detail.name);
  });
  place.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.name === "building" && input.checked) {
      area.value = "";
      isMovedByUs = true;
      const detail = { lng: Number(input.dataset.lng), lat: Number(input.dataset.lat) };
      input.dispatchEvent(new CustomEvent("linli:place", { bubbles: true, detail }));
      isMovedByUs = false;
      dropPoint();
      tell(input.closest("label")?.textContent?.trim() ?? "");
    }
    if (event.target === area && area.value) {
      dropPoint();
      dropBuildings();
      tell(area.selectedOptions[0]?.textContent?.trim() ?? "");
    }
  });
  where?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    part<HTMLButtonElement>(place, "button[hx-get]")?.click();
  });
  offerPhotoPlace(form, place, () => !lng.value && !area.value && !part(place, "input[name=building]:checked"));
});

/** A photo that knows where it was taken offers its place while none is chosen. */
function offerPhotoPlace(form: HTMLFormElement, place: HTMLElement, isFree: () => boolean): void {
  const note = part(form, "[data-photo-place]");
  const button = part(form, "[data-use-photo-place]");
  if (!note || !button) return;
  let offered: Sent["place"] = null;
  form.addEventListener("linli:photo-sent", (event) => {
    offered = (event as CustomEvent<Sent>).detail.place;
    if (offered && isFree()) note.hidden = false;
  });
  button.addEventListener("click", () => {
    if (!offered) return;
    place.dispatchEvent(new CustomEvent("linli:place", { bubbles: true, detail: offered }));
    note.hidden = true;
  });
}

/** Share by the phone's own sheet; where there is none the address is copied (`data-copy` does that). */
behaviour("[data-share]", (button) => {
  if (!("share" in navigator)) return;
  const url = button.dataset.copy ?? location.href;
  button.addEventListener("click", (event) => {
    event.stopImmediatePropagation();
    navigator.share({ title: button.dataset.title ?? document.title, url }).catch(() => undefined);
  }, true);
});

attachAll(document);
