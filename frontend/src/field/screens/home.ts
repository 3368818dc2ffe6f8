import { clock, dutyState } from "../duty";
import { known, rowsOf } from "../day";
import { h, icon } from "../dom";
import { allItems, UNSENT } from "../items";
import { isLarge, toggleLanguage, toggleType } from "../look";
import { redrawAll } from "../app";
import type { Screen } from "../screen";
import { may, session } from "../session";
import { pick, shortTime, t } from "../texts";
import type { Item } from "../types";

/** The home screen: nine tiles, the big one for the camera. */
export async function home(): Promise<Screen> {
  const main = h("div.home");
  const refresh = async (): Promise<void> => {
    const items = await allItems();
    main.replaceChildren(greeting(), h("ul.tiles", ...tiles(items)), foot());
  };
  await refresh();
  return { title: t("app"), main, refresh };
}

function greeting(): HTMLElement {
  const hour = new Date().getHours();
  const hello = hour < 11 ? t("good_morning") : hour < 18 ? t("good_day") : t("good_evening");
  const { user } = session;
  const words = [user ? pick(user.role) : "", user ? pick(user.place) : ""].filter(Boolean).join(" · ");
  return h("div.hello", h("p.hello-name", `${hello}${user ? `${t("language") === "English" ? "，" : ", "}${user.name}` : ""}`), h("p.hello-post", words));
}

type Tile = { label: string; icon: string; href?: string; press?: () => void; count?: number; hint?: string; kind?: string; hot?: boolean; pressed?: boolean; id: string };

function tiles(items: Item[]): HTMLElement[] {
  const done = new Set(items.filter((item) => item.body.kind === "step" && item.state !== "draft" && UNSENT.includes(item.state)).map((item) => (item.body.kind === "step" ? item.body.case : "")));
  const tasks = rowsOf(known.day?.tasks).filter((row) => !done.has(row.id)).length;
  const unsent = items.filter((item) => UNSENT.includes(item.state)).length;
  const duty = dutyState(items);
  const wrong = items.some((item) => item.state === "refused" || item.state === "quarantined");
  const all: (Tile | null)[] = [
    { id: "report", label: t("report"), icon: "camera", href: "#/report", kind: "tile-main", hint: t("report_hint") },
    may("organizations.duty.clock")
      ? { id: "clock", label: duty ? t("clock_out") : t("clock_in"), icon: duty ? "player-pause" : "player-play", press: () => void clock(duty), kind: duty ? "tile-on" : "", hint: duty ? t("on_duty_since", shortTime(duty.since)) : t("off_duty") }
      : { id: "clock", label: t("more"), icon: "settings", href: "#/more" },
    { id: "tasks", label: t("tasks"), icon: "clipboard-check", href: "#/tasks", count: tasks, hot: tasks > 0 },
    { id: "mine", label: t("mine"), icon: "list-details", href: "#/mine" },
    { id: "outbox", label: t("outbox"), icon: "send", href: "#/outbox", count: unsent, hot: wrong },
    { id: "near", label: t("near"), icon: "map-pin", href: "#/near", count: known.day?.near.length ?? 0 },
    { id: "type", label: t("large_type"), icon: "text-size", press: () => (toggleType(), redrawAll()), pressed: isLarge() },
    { id: "language", label: t("language"), icon: "language", press: () => (toggleLanguage(), redrawAll()) },
  ];
  return all.filter((one): one is Tile => one !== null).map(tile);
}

function tile(one: Tile): HTMLElement {
  const content = [
    icon(one.icon), h("span.tile-label", one.label), one.hint ? h("small.tile-hint", one.hint) : null,
    one.count ? h("span.count", String(one.count)) : null,
  ];
  if (one.hot) content[3]?.classList.add("count-hot");
  const element = one.href
    ? h("a.tile", { href: one.href, "data-tile": one.id }, content)
    : h("button.tile", { type: "button", onclick: () => one.press?.(), "data-tile": one.id, "aria-pressed": one.pressed === undefined ? undefined : String(one.pressed) }, content);
  if (one.kind) element.classList.add(one.kind);
  const item = h("li", element);
  if (one.kind === "tile-main") item.classList.add("tile-wide");
  return item;
}

function foot(): HTMLElement {
  const made = known.day ? new Date(Date.parse(known.day.made_at)) : undefined;
  return h("div.home-foot",
    h("span", made ? t("refreshed", shortTime(made)) : t("never_refreshed")),
    h("a.btn.btn-quiet", { href: "#/more" }, icon("settings"), h("span", t("more"))));
}
