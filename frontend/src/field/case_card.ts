import { categoryName } from "./catalogue";
import { casePhoto, known } from "./day";
import { h, icon, lamp, picture } from "./dom";
import { metresBetween, placeOf } from "./place";
import { distance, named, span, t } from "./texts";
import type { CaseRow, Spot } from "./types";

/** A case as lists show it, and its pictures before and after. */
export const here: { spot?: Spot } = {};

export function dueWords(row: CaseRow): string {
  const due = row.step_due_at ?? row.due_at;
  if (!due) return "";
  const left = Date.parse(due) - Date.now();
  return left >= 0 ? t("due_in", span(left)) : t("due_over", span(left));
}

export const isLate = (row: CaseRow): boolean => Boolean((row.step_due_at ?? row.due_at) && Date.parse((row.step_due_at ?? row.due_at) as string) < Date.now());

/** The light as lists and pages show it: what has ended has a tick, as at the desk; two bars are for what rests. */
export const shownLight = (row: CaseRow): string => (row.is_open ? row.light : "done");

export function away(row: CaseRow): string {
  return here.spot ? distance(metresBetween(here.spot, row)) : "";
}

export function caseCard(row: CaseRow, options: { note?: string; task?: boolean } = {}): HTMLElement {
  const due = dueWords(row);
  return h("a.task", { href: `#/case/${row.id}`, "data-case": row.reference },
    h("span.task-title", categoryName(known.bundle, row.category)),
    options.task ? h(isLate(row) ? "span.remaining.remaining-late" : "span.remaining", due) : lamp(shownLight(row), named("stage", row.stage)),
    h("span.task-text", row.text),
    h("span.task-place", h("span", placeOf(known.bundle, row)), away(row) ? h("span.task-away", icon("navigation", "sm"), away(row)) : null),
    options.note ? h("span.task-foot.task-note", icon("cloud-upload", "sm"), options.note) : null);
}

/** Pictures side by side: before, and what the unit shows after. Small ones are there without a network. */
export function casePhotos(row: CaseRow): HTMLElement {
  const side = (which: "before" | "after"): HTMLElement => {
    const photos = row.photos.filter((photo) => photo.side === which);
    const grid = h("ul.shots", ...photos.map((photo, at) => {
      const item = h("li.shot");
      void fill(item, photo.id, `${t(which)} ${at + 1}`);
      return item;
    }));
    return h("div.pair-side", h("p.photos-label", t(which)), photos.length ? grid : h("p.field-help", t("no_photos")));
  };
  return h("div.pair", side("before"), ...(row.photos.some((photo) => photo.side === "after") ? [side("after")] : []));
}

async function fill(item: HTMLElement, id: string, alt: string): Promise<void> {
  const data = await casePhoto(id, "small");
  if (!data) {
    item.replaceChildren(h("span.shot-missing", icon("photo-off"), t("photo_not_here")));
    return;
  }
  item.replaceChildren(h("button.shot-open", { type: "button", "aria-label": alt, onclick: () => void enlarge(id, data, alt) }, picture(data, alt)));
}

async function enlarge(id: string, small: Uint8Array, alt: string): Promise<void> {
  const sheet = h("dialog.lightbox", { "aria-label": alt, onclick: () => sheet.close(), onclose: () => sheet.remove() },
    picture(small, alt), h("button.btn", { type: "button", "aria-label": t("close") }, icon("x")));
  document.body.append(sheet);
  sheet.showModal();
  const large = await casePhoto(id, "large");
  if (large) sheet.querySelector("img")?.replaceWith(picture(large, alt));
}
