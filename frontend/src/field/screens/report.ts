import { categoryField, noteRecent } from "../category_field";
import { categoryName } from "../catalogue";
import { ask, h, icon } from "../dom";
import { FormParts, type Lack } from "../form_parts";
import { allItems, discard, load, newItem, submit } from "../items";
import { Keeper } from "../keeper";
import { photoField } from "../photo_field";
import { placeField } from "../place_field";
import { known } from "../day";
import { go, goInstead, type Screen } from "../screen";
import { sendAll } from "../sending";
import { session } from "../session";
import { pick, shortTime, t } from "../texts";
import type { Item, ReportDraft } from "../types";
import { toast } from "../../behaviours/toast";

const fresh = (): Item => newItem({ kind: "report", category: "", text: "", address: "", way: "gps" });

/** “Report”: a new draft at once, unless some are unfinished; then the choice. */
export async function reportStart(): Promise<Screen> {
  const drafts = (await allItems()).filter((item) => item.state === "draft" && item.body.kind === "report").reverse();
  if (!drafts.length) {
    goInstead(`/report/${fresh().id}`); // the form has an address of its own, so that coming back finds it
    return { title: t("new_report"), main: h("div"), back: "/", isForm: true };
  }
  const main = h("div",
    h("p.lead", t("drafts_waiting", drafts.length)),
    h("ul.task-list", ...drafts.map((item) => h("li", draftCard(item)))),
    h("a.btn.btn-primary.btn-lg.w-100", { href: `#/report/${fresh().id}` }, icon("plus"), h("span", t("draft_new"))));
  return { title: t("new_report"), main, back: "/" };
}

function draftCard(item: Item): HTMLElement {
  const body = item.body as ReportDraft;
  return h("a.task", { href: `#/report/${item.id}` },
    h("span.task-title", body.category ? categoryName(known.bundle, body.category) : body.text.slice(0, 20) || t("untitled")),
    h("span.count", t("draft_go_on")),
    h("span.task-place", [body.text.slice(0, 40), body.place].filter(Boolean).join(" · ")),
    h("span.task-foot", shortTime(new Date(item.updated)), item.photos.length ? ` · ${t("photos")} ${item.photos.length}` : ""));
}

/** The form. Everything in it is kept while it is written. */
export async function reportForm([id]: string[]): Promise<Screen> {
  const there = id ? await load(id) : undefined;
  const item = there ?? { ...fresh(), ...(id ? { id } : {}) };
  if (item.state !== "draft" || item.body.kind !== "report") {
    goInstead("/outbox");
    return { title: t("outbox"), main: h("div") };
  }
  const keeper = new Keeper(item, () => go("/outbox"));
  const { form, stop } = buildForm(keeper, item.body, !there);
  return {
    title: t("new_report"), main: form, back: "/", isForm: true,
    leave: async () => {
      stop();
      await keeper.stop();
    },
  };
}

function buildForm(keeper: Keeper, body: ReportDraft, isFresh: boolean): { form: HTMLFormElement; stop: () => void } {
  const place = placeField(keeper, body, isFresh);
  const parts = new FormParts();
  const form = h("form.report-form", { novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    void send(keeper, body, parts);
  } },
    parts.part("photos", "photos", photoField(keeper, () => ({ at: new Date(), place: placeLine(body), person: personLine() }))),
    parts.part("category", "what", categoryField(keeper, body)),
    parts.part("text", "words", textarea("text", body.text, t("words_hint"), (value) => {
      body.text = value;
      keeper.changed();
    })),
    parts.part("place", "where", place.node, h("label.form-label", { for: "address" }, t("address")),
      h("input.form-control.form-control-lg", { id: "address", name: "address", value: body.address, maxlength: 200, autocomplete: "off", placeholder: t("address_hint"), oninput: (event) => {
        body.address = (event.target as HTMLInputElement).value;
        keeper.changed();
      } })),
    h("div.form-foot", keeper.mark,
      h("div.form-foot-row",
        h("button.btn.btn-quiet.btn-lg", { type: "button", "aria-label": t("delete_draft"), onclick: () => void remove(keeper) }, icon("trash")),
        h("button.btn.btn-warm.btn-lg.grow", { type: "submit" }, icon("send"), h("span", t("send"))))));
  return { form, stop: place.stop };
}

export function textarea(name: string, value: string, hint: string, onchange: (value: string) => void): HTMLTextAreaElement {
  const area = h("textarea.form-control.form-control-lg", { name, rows: 3, maxlength: 2000, placeholder: hint, "aria-label": hint, value, oninput: () => onchange(area.value), onchange: () => onchange(area.value) });
  return area;
}

export const personLine = (): string => [session.user?.name, session.user ? pick(session.user.role) : ""].filter(Boolean).join(" · ");

export const placeLine = (body: ReportDraft): string => {
  const point = body.spot ? `${body.spot.lng.toFixed(5)}, ${body.spot.lat.toFixed(5)}` : "";
  return [body.place, body.way === "gps" && body.spot?.accuracy !== undefined ? `${point} ±${body.spot.accuracy} m` : point].filter(Boolean).join("  ");
};

/** What is still missing, by the part of the form. */
export function missing(body: ReportDraft): Lack[] {
  const found: Lack[] = [];
  if (!body.category) found.push(["category", "missing_category"]);
  if (!body.text.trim()) found.push(["text", "missing_text"]);
  if (!body.spot) found.push(["place", "missing_place"]);
  return found;
}

async function send(keeper: Keeper, body: ReportDraft, parts: FormParts): Promise<void> {
  if (parts.complain(missing(body))) return;
  const here = location.hash;
  await keeper.flush();
  if (!(await submit(keeper.item))) return;
  await noteRecent(body.category);
  toast(t(navigator.onLine ? "queued" : "queued_offline"));
  void sendAll();
  goInstead("/outbox", here);
}

async function remove(keeper: Keeper): Promise<void> {
  const here = location.hash;
  await keeper.flush();
  if (!(await ask(t("delete_sure"), t("delete"), t("cancel"), true))) return;
  await keeper.stop();
  await discard(keeper.item);
  goInstead("/", here);
}
