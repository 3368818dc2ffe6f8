import { away, casePhotos, dueWords, here, isLate, shownLight } from "../case_card";
import { categoryName } from "../catalogue";
import { caseById, known } from "../day";
import { ask, button, empty, h, icon, lamp, segments } from "../dom";
import { FormParts, type Lack } from "../form_parts";
import { allItems, discard, newItem, save, stepOn, submit } from "../items";
import { Keeper } from "../keeper";
import { photoField } from "../photo_field";
import { areaName, locate, placeOf } from "../place";
import { go, goInstead, type Screen } from "../screen";
import { sendAll } from "../sending";
import { may } from "../session";
import { named, pick, shortTime, t, type Text } from "../texts";
import type { CaseRow, Item, StepDraft, Verb } from "../types";
import { itemCard } from "./outbox";
import { personLine, textarea } from "./report";
import { toast } from "../../behaviours/toast";

/** One case: what is there, pictures before and after, and the look on the spot that is to be told. */
export async function caseScreen([id = ""]: string[]): Promise<Screen> {
  const row = caseById(id);
  const step = stepOn(await allItems(), id);
  if (!row) {
    const main = h("div", empty(t("gone"), "", "clipboard-check"), step ? itemCard(step) : null);
    return { title: step?.body.kind === "step" ? step.body.title : t("tasks"), main, back: "/tasks" };
  }
  const main = h("div.case-screen");
  let keeper: Keeper | undefined;
  main.append(facts(row), casePhotos(row));
  main.append(...sideActions(row));
  const kind = taskKind(row);
  if (kind && step && step.state !== "draft" && isSpotStep(step)) main.append(itemCard(step));
  else if (kind) {
    keeper = new Keeper(step && isSpotStep(step) ? step : newItem(blankStep(row, kind === "pre_check" ? "pre_check" : "")), () => go("/outbox"));
    main.append(lookForm(keeper, row, kind));
  }
  const stop = async (): Promise<void> => keeper?.stop();
  return { title: categoryName(known.bundle, row.category), main, back: kind ? "/tasks" : "/near", isForm: Boolean(keeper), ...(keeper ? { leave: stop } : {}) };
}

const blankStep = (row: CaseRow, verb: Verb | ""): StepDraft => ({ kind: "step", verb, case: row.id, title: categoryName(known.bundle, row.category), text: "" });
const isSpotStep = (item: Item): boolean => item.body.kind === "step" && item.body.verb !== "urge" && item.body.verb !== "note";

/** Which look on the spot this person may tell of now. */
function taskKind(row: CaseRow): "pre_check" | "verify" | undefined {
  if (row.queue === "pre_check" && may("cases.case.pre_check")) return "pre_check";
  if (row.queue === "verify" && may("cases.case.verify_pass")) return "verify";
  return undefined;
}

function facts(row: CaseRow): HTMLElement {
  const line = (term: Text, ...value: (Node | string)[]): Node[] => [h("dt", t(term)), h("dd", ...value)];
  const due = dueWords(row);
  const said = row.words || row.answer;
  const isDelivered = row.stage === "delivered" || row.stage === "verified";
  return h("section.case-facts",
    h("p.case-head", lamp(shownLight(row), named("light", shownLight(row))), h("span.stage.stage-moving", named("stage", row.stage)), due ? h(isLate(row) ? "span.remaining.remaining-late" : "span.remaining", due) : null),
    h("p.case-text", row.text),
    said ? h("div.notice.notice-info", icon("message-2"), h("div.notice-text", h("strong", isDelivered ? t("unit_says", row.unit ? pick(row.unit) : "") : t("dispatcher_asks")), h("p", said))) : null,
    h("dl.facts",
      ...line("place", placeOf(known.bundle, row), away(row) ? h("span.task-away", away(row)) : ""),
      ...(row.unit ? line("unit", pick(row.unit)) : []),
      ...line("reported", shortTime(new Date(Date.parse(row.reported_at)))),
      ...line("reference", h("span.reference", row.reference))));
}

// --- the look on the spot ---

function lookForm(keeper: Keeper, row: CaseRow, kind: "pre_check" | "verify"): HTMLElement {
  const body = keeper.item.body as StepDraft;
  const parts = new FormParts();
  const label = h("label.form-label");
  const words = (): void => void (label.textContent = kind === "pre_check" ? t("step_words_pre") : body.verb === "verify_fail" ? t("step_words_fail") : t("step_words"));
  const question = kind === "pre_check"
    ? segments<"yes" | "no">(t("found_question"), [["yes", t("found_yes"), "alert-circle"], ["no", t("found_no"), "circle-check"]], body.found === undefined ? "" : body.found ? "yes" : "no", (value) => {
        body.found = value === "yes";
        keeper.changed();
      })
    : segments<"verify_pass" | "verify_fail">(t("verify_question"), [["verify_pass", t("verify_pass"), "circle-check"], ["verify_fail", t("verify_fail"), "circle-x"]], body.verb as "verify_pass" | "", (value) => {
        body.verb = value;
        words();
        keeper.changed();
      });
  words();
  void locate((spot) => (here.spot = keeper.item.spot = spot), 8000);
  const area = textarea("step", body.text, t("words_hint"), (value) => {
    body.text = value;
    keeper.changed();
  });
  area.id = "step-words";
  area.removeAttribute("aria-label");
  label.htmlFor = area.id;
  return h("form.report-form", { novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    void sendStep(keeper, kind, parts);
  } },
    parts.part("question", kind === "pre_check" ? "found_question" : "verify_question", question),
    parts.part("photos", "step_photos", photoField(keeper, () => ({ at: new Date(), place: markPlace(keeper.item, row), person: personLine() }))),
    parts.bare("words", {}, label, area),
    h("div.form-foot", keeper.mark, h("div.form-foot-row", h("button.btn.btn-warm.btn-lg.grow", { type: "submit" }, icon("send"), h("span", t("send"))))));
}

function markPlace(item: Item, row: CaseRow): string {
  const { spot } = item;
  const point = spot ? `${spot.lng.toFixed(5)}, ${spot.lat.toFixed(5)}${spot.accuracy === undefined ? "" : ` ±${spot.accuracy} m`}` : "";
  return [areaName(known.bundle, row.area), point, row.reference].filter(Boolean).join("  ");
}

/** What is missing before a look can be told, by the part of the form. */
export function lacking(kind: "pre_check" | "verify", body: StepDraft, photos: number): Lack[] {
  const found: Lack[] = [];
  const isTold = kind === "pre_check" ? body.found !== undefined : Boolean(body.verb);
  if (!isTold) found.push(["question", kind === "pre_check" ? "missing_found" : "missing_verdict"]);
  if (kind === "verify" && !photos) found.push(["photos", "missing_photo"]);
  if ((kind === "pre_check" || body.verb === "verify_fail") && !body.text.trim()) found.push(["words", "missing_text"]);
  return found;
}

async function sendStep(keeper: Keeper, kind: "pre_check" | "verify", parts: FormParts): Promise<void> {
  if (parts.complain(lacking(kind, keeper.item.body as StepDraft, keeper.item.photos.length))) return;
  const here = location.hash;
  await keeper.flush();
  if (!(await submit(keeper.item))) return;
  toast(t(navigator.onLine ? "queued" : "queued_offline"));
  void sendAll();
  goInstead("/tasks", here);
}

// --- urging, notes ---

function sideActions(row: CaseRow): HTMLElement[] {
  if (!row.is_open) return [];
  const buttons = [
    may("cases.case.urge") && row.stage !== "suspended" ? button(t("urge"), "bell-ringing", "btn-lg", () => void wordsSheet(row, "urge")) : null,
    may("cases.case.note") ? button(t("note"), "message-2", "btn-lg", () => void wordsSheet(row, "note")) : null,
  ].filter((one) => one !== null);
  return buttons.length ? [h("div.side-actions", ...buttons)] : [];
}

/** A few words on a case, kept while they are written. */
async function wordsSheet(row: CaseRow, verb: "urge" | "note"): Promise<void> {
  const begun = (await allItems()).find((item) => item.state === "draft" && item.body.kind === "step" && item.body.case === row.id && item.body.verb === verb);
  const keeper = new Keeper(begun ?? newItem(blankStep(row, verb)), () => sheet.close());
  const body = keeper.item.body as StepDraft;
  const hint = t(verb === "urge" ? "urge_words" : "note_words");
  const sheet = h("dialog.sheet.sheet-small", { "aria-label": t(verb), onclose: () => void keeper.stop().then(() => sheet.remove()) },
    h("h2.sheet-title", t(verb)),
    textarea(verb, body.text, hint, (value) => {
      body.text = value;
      keeper.changed();
    }),
    keeper.mark,
    h("div.sheet-actions",
      button(t("cancel"), "", "btn-lg", () => void cancel(keeper, sheet)),
      button(t("send"), "send", "btn-primary.btn-lg", () => void sendWords(keeper, sheet))));
  document.body.append(sheet);
  sheet.showModal();
}

async function cancel(keeper: Keeper, sheet: HTMLDialogElement): Promise<void> {
  await keeper.flush();
  const body = keeper.item.body as StepDraft;
  if (body.text.trim() && !(await ask(t("delete_sure"), t("delete"), t("cancel"), true))) return;
  await discard(keeper.item);
  keeper.item.state = "sent"; // nothing of it is kept any more
  sheet.close();
}

async function sendWords(keeper: Keeper, sheet: HTMLDialogElement): Promise<void> {
  if (!(keeper.item.body as StepDraft).text.trim()) {
    sheet.querySelector("textarea")?.focus();
    return;
  }
  await keeper.flush();
  await save(keeper.item, ["draft"]);
  if (await submit(keeper.item)) {
    toast(t(navigator.onLine ? "queued" : "queued_offline"));
    void sendAll();
  }
  sheet.close();
}

