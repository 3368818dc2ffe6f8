import { categoryName, categoryOf, majorName, searchCategories } from "./catalogue";
import { known } from "./day";
import { button, h, icon } from "./dom";
import type { Keeper } from "./keeper";
import { session } from "./session";
import { keep, kept } from "./store";
import { pick, t } from "./texts";
import type { CategoryRow, ReportDraft } from "./types";

/** Choosing the category by what people call it; the ones this person uses most are offered first. */
const COMMON = ["E0110", "E0506", "C0101", "E0509", "C0104", "E0107"];
const MOST_RECENT = 6;
const recentName = (): string => `recent-${session.account}`;

export async function noteRecent(code: string): Promise<void> {
  const before = (await kept<string[]>(recentName())) ?? [];
  await keep(recentName(), [code, ...before.filter((one) => one !== code)].slice(0, MOST_RECENT));
}

export function categoryField(keeper: Keeper, body: ReportDraft): HTMLElement {
  const box = h("div.category-field");
  const choose = (code: string): void => {
    body.category = code;
    keeper.changed();
    draw();
  };
  const chosen = (): HTMLElement => h("div.chosen",
    h("div", h("strong", categoryName(known.bundle, body.category)), h("span", majorName(known.bundle, body.category))),
    button(t("what_change"), "", "btn-quiet", () => {
      body.category = "";
      draw();
      box.querySelector("input")?.focus();
    }));
  const draw = (): void => {
    if (body.category) box.replaceChildren(chosen());
    else box.replaceChildren(...searching(choose));
  };
  draw();
  return box;
}

function searching(choose: (code: string) => void): HTMLElement[] {
  const list = h("ul.pick-list");
  const often = h("div.chips", { role: "group", "aria-label": t("what_recent") });
  const input = h("input.form-control.form-control-lg", {
    id: "what", type: "search", autocomplete: "off", placeholder: t("what_search"), enterkeyhint: "search",
    oninput: () => {
      const found = searchCategories(known.bundle, input.value);
      const none = input.value.trim() && !found.length ? [h("li.pick-none", t("what_none"))] : [];
      list.replaceChildren(...found.map((row) => h("li", option(row, choose))), ...none);
      often.hidden = Boolean(input.value.trim());
    },
    onkeydown: (event) => {
      if ((event as KeyboardEvent).key !== "Enter") return;
      event.preventDefault();
      list.querySelector("button")?.click();
    },
  });
  void offer(often, choose);
  return [input, often, list];
}

const option = (row: CategoryRow, choose: (code: string) => void): HTMLElement =>
  h("button.pick", { type: "button", onclick: () => choose(row[0]) }, h("strong", pick([row[1], row[2]])), h("span", majorName(known.bundle, row[0])));

async function offer(place: HTMLElement, choose: (code: string) => void): Promise<void> {
  const codes = [...new Set([...((await kept<string[]>(recentName())) ?? []), ...COMMON])].slice(0, MOST_RECENT);
  place.replaceChildren(...codes.map((code) => categoryOf(known.bundle, code)).filter((row): row is CategoryRow => Boolean(row))
    .map((row) => h("button.chip", { type: "button", onclick: () => choose(row[0]) }, icon("tag", "sm"), pick([row[1], row[2]]))));
}
