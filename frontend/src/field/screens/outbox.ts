import { categoryName } from "../catalogue";
import { known } from "../day";
import { ask, button, empty, h, icon } from "../dom";
import { exportUnsent, importFile } from "../backup";
import { allItems, copyToDraft, discard } from "../items";
import { go, type Screen } from "../screen";
import { outgoing, sendAll } from "../sending";
import { named, shortTime, span, t, type Text } from "../texts";
import type { Item, State } from "../types";
import { toast } from "../../behaviours/toast";

/** The outbox: everything that is written and what became of it. Nothing leaves it unseen. */
const ORDER: readonly State[] = ["refused", "quarantined", "sending", "ready", "draft", "sent"];
const ICONS: Record<State, string> = { draft: "pencil", ready: "clock", sending: "upload", sent: "circle-check", refused: "alert-circle", quarantined: "shield" };

export async function outbox(): Promise<Screen> {
  const main = h("div");
  const draw = async (): Promise<void> => {
    const items = (await allItems()).reverse();
    main.replaceChildren(...content(items));
  };
  await draw();
  return { title: t("outbox"), main, back: "/", refresh: draw };
}

function content(items: Item[]): HTMLElement[] {
  const of = (...states: State[]): Item[] => items.filter((item) => states.includes(item.state));
  const waiting = of("ready", "sending");
  const unsent = items.filter((item) => item.state !== "sent");
  const parts: (HTMLElement | null)[] = [
    h("p.outbox-counts", ...ORDER.filter((state) => of(state).length).map((state) => stateMark(state, of(state).length))),
    waiting.length ? button(outgoing.busy ? t("sending_now") : t("send_now"), "send", "btn-primary.btn-lg.w-100", () => void sendAll({ all: true }), { disabled: outgoing.busy }) : null,
    unsent.length ? h("ul.task-list", ...ORDER.slice(0, 5).flatMap((state) => of(state)).map((item) => h("li", itemCard(item)))) : empty(t("outbox_none"), t("outbox_none_hint"), "send"),
    of("sent").length ? h("h2.section-title", t("history")) : null,
    of("sent").length ? h("ul.task-list", ...of("sent").slice(0, 30).map((item) => h("li", itemCard(item)))) : null,
    backupButtons(unsent.length),
  ];
  return parts.filter((one) => one !== null);
}

function stateMark(state: State, count?: number): HTMLElement {
  const mark = h("span.outbox-state", icon(ICONS[state], "sm"), `${t(`state_${state}` as Text)}${count === undefined ? "" : ` ${count}`}`);
  mark.classList.add(`outbox-${state}`);
  return mark;
}

export function titleOf(item: Item): string {
  const { body } = item;
  if (body.kind === "duty") return t(body.verb === "clock_in" ? "kind_duty_in" : "kind_duty_out");
  if (body.kind === "report") return `${t("new_report")} · ${body.category ? categoryName(known.bundle, body.category) : body.text.slice(0, 12) || t("untitled")}`;
  const verb: Record<string, Text> = { pre_check: "task_pre_check", verify_pass: "verify_pass", verify_fail: "verify_fail", urge: "urge", note: "note_short", "": "task_verify" };
  return `${t(verb[body.verb] ?? "task_verify")} · ${body.title}`;
}

/** One item: what it is, where it stands, why, and what can be done about it. */
export function itemCard(item: Item): HTMLElement {
  const text = item.body.kind === "duty" ? "" : item.body.text;
  return h("article.task.item-card", { "data-item": item.id, "data-state": item.state },
    h("span.task-title", titleOf(item)), stateMark(item.state),
    text ? h("span.task-text", text.slice(0, 80)) : null,
    ...details(item).map((words) => h("span.task-foot", words)),
    h("span.task-foot.item-time", shortTime(new Date(item.updated))),
    actions(item));
}

function details(item: Item): string[] {
  const found: string[] = [];
  if (item.answer?.reference && item.body.kind === "report") found.push(t("received_as", item.answer.reference));
  if (item.photos.length && item.state !== "draft") found.push(t("photos_arrived", item.photos.filter((photo) => photo.arrived).length, item.photos.length));
  const lost = item.photos.filter((photo) => photo.refused).length;
  if (lost) found.push(t("photo_refused", lost));
  if (item.reason) found.push(item.reason.message || item.reason.code);
  if (item.reason?.state) found.push(t("now_state", named("stage", item.reason.state)));
  if (item.state === "ready" && item.nextTry > Date.now()) found.push(t("wait_next", span(item.nextTry - Date.now())));
  return found;
}

function actions(item: Item): HTMLElement | null {
  const { body, state } = item;
  if (state === "draft") {
    const path = body.kind === "report" ? `/report/${item.id}` : body.kind === "step" ? `/case/${body.case}` : "";
    return h("div.item-actions", path ? button(t("edit"), "pencil", "btn-lg", () => go(path)) : null,
      button(t("delete"), "trash", "btn-quiet.btn-lg", () => void remove(item)));
  }
  if (state === "refused" || state === "quarantined")
    return h("div.item-actions", body.kind === "duty" ? null : button(t("copy_new"), "copy", "btn-lg", () => void copy(item)),
      state === "refused" ? button(t("delete"), "trash", "btn-quiet.btn-lg", () => void remove(item)) : null);
  return null;
}

async function remove(item: Item): Promise<void> {
  if (await ask(t("delete_sure"), t("delete"), t("cancel"), true)) await discard(item, ["draft", "refused"]);
}

async function copy(item: Item): Promise<void> {
  const made = await copyToDraft(item);
  go(made.body.kind === "report" ? `/report/${made.id}` : "/outbox");
}

function backupButtons(unsent: number): HTMLElement {
  const input = h("input.visually-hidden", { id: "backup", type: "file", accept: ".json,application/json", onchange: () => {
    const [file] = input.files ?? [];
    if (file) void importFile(file).then((count) => toast(count === undefined ? t("import_wrong") : t("imported", count), 6000));
    input.value = "";
  } });
  return h("div.backup", unsent ? button(t("export"), "download", "btn-lg", () => void exportUnsent().then((count) => toast(t("exported", count)))) : null,
    input, h("label.btn.btn-lg", { for: "backup" }, icon("upload"), h("span", t("import"))));
}
