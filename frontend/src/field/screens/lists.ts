import { caseCard, here } from "../case_card";
import { known, rowsOf } from "../day";
import { empty, h, segments } from "../dom";
import { allItems, stepOn, UNSENT } from "../items";
import { mapElement } from "../map_element";
import { locate, metresBetween } from "../place";
import { go, type Screen } from "../screen";
import { t } from "../texts";
import type { CaseRow, Item } from "../types";
import { itemCard } from "./outbox";

/** Lists of cases: what is to be looked at, what one reported, what is open around. */
function section(title: string, rows: HTMLElement[]): HTMLElement | null {
  return rows.length ? h("section", h("h2.section-title", title, h("span.count", String(rows.length))), h("ul.task-list", ...rows.map((row) => h("li", row)))) : null;
}

function findHere(draw: () => void): void {
  void locate(undefined, 6000).then((found) => {
    if (!("spot" in found)) return;
    here.spot = found.spot;
    draw();
  });
}

export async function tasks(): Promise<Screen> {
  const main = h("div");
  const draw = async (): Promise<void> => {
    const items = await allItems();
    const rows = rowsOf(known.day?.tasks);
    const card = (row: CaseRow): HTMLElement => {
      const step = stepOn(items, row.id);
      const note = !step ? "" : step.state === "draft" ? t("state_draft") : step.state === "refused" ? t("state_refused") : t("waiting_to_send");
      return caseCard(row, { task: true, note });
    };
    const parts = [
      section(t("task_verify"), rows.filter((row) => row.queue === "verify").map(card)),
      section(t("task_pre_check"), rows.filter((row) => row.queue === "pre_check").map(card)),
    ];
    main.replaceChildren(...(rows.length ? parts.filter((one) => one !== null) : [empty(t("tasks_none"), known.day ? t("tasks_none_hint") : t("never_refreshed"))]));
  };
  await draw();
  findHere(() => void draw());
  return { title: t("tasks"), main, back: "/", refresh: draw };
}

export async function mine(): Promise<Screen> {
  const main = h("div");
  const draw = async (): Promise<void> => {
    const waiting = (await allItems()).filter((item: Item) => item.body.kind === "report" && UNSENT.includes(item.state)).reverse();
    const rows = rowsOf(known.day?.mine);
    const parts = [section(t("outbox"), waiting.map((item) => itemCard(item))), section(t("mine"), rows.map((row) => caseCard(row)))].filter((one) => one !== null);
    main.replaceChildren(...(parts.length ? parts : [empty(t("mine_none"), "", "list-details")]));
  };
  await draw();
  return { title: t("mine"), main, back: "/", refresh: draw };
}

export async function near(): Promise<Screen> {
  let view: "list" | "map" = "list";
  const body = h("div");
  const main = h("div", segments(t("near"), [["list", t("list"), "list"], ["map", t("map"), "map-2"]], view, (chosen) => {
    view = chosen;
    void draw();
  }), body);
  const draw = async (): Promise<void> => {
    const rows = rowsOf(known.day?.near);
    if (view === "map") return showMap(body, rows);
    const { spot } = here;
    const sorted = spot ? [...rows].sort((a, b) => metresBetween(spot, a) - metresBetween(spot, b)) : rows;
    body.replaceChildren(...(rows.length ? [h("ul.task-list", ...sorted.slice(0, 100).map((row) => h("li", caseCard(row))))] : [empty(t("near_none"), "", "map-pin")]));
  };
  await draw();
  findHere(() => void (view === "list" && draw()));
  return { title: t("near"), main, back: "/" };
}

async function showMap(body: HTMLElement, rows: CaseRow[]): Promise<void> {
  body.replaceChildren(h("p.place-busy", { role: "status" }, t("map_loading")));
  const map = await mapElement({ cases: rows });
  if (!map) {
    body.replaceChildren(empty(t("map_missing"), "", "map-2"));
    return;
  }
  map.addEventListener("linli:point", (event) => {
    const { reference } = (event as CustomEvent<{ reference: string }>).detail;
    const row = rows.find((one) => one.reference === reference);
    if (row) go(`/case/${row.id}`);
  });
  body.replaceChildren(map);
}
