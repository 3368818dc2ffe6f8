import { h, icon } from "./dom";
import { openDay, refreshBundle, refreshDay } from "./day";
import { offerUpdate, install } from "./install";
import { allItems, UNSENT } from "./items";
import { applyLook } from "./look";
import { listen } from "./news";
import { askToKeep, FULL_FROM, room } from "./room";
import type { Screen } from "./screen";
import { caseScreen } from "./screens/case";
import { home } from "./screens/home";
import { mine, near, tasks } from "./screens/lists";
import { entry, more } from "./screens/more";
import { outbox } from "./screens/outbox";
import { reportForm, reportStart } from "./screens/report";
import { outgoing, sendAll } from "./sending";
import { openKept, refreshSession, session } from "./session";
import { unsentByAccount } from "./store";
import { t } from "./texts";
import { canSeal } from "./vault";

/** The app's frame: head with the way back, the line that always says how things stand, notices, the screen, the dock. */
const ROUTES: Record<string, (args: string[]) => Promise<Screen>> = { "": home, tasks, case: caseScreen, mine, outbox, near, more };
const DAY_AGE = 60_000;
let frame: Frame | undefined;

export const redrawAll = (): void => void frame?.show();

class Frame {
  private readonly head = h("header.field-head");
  private readonly status = h("p.field-status", { role: "status", "aria-live": "polite" });
  private readonly notices = h("div.field-notices");
  private readonly main = h("main.field-main", { id: "main", tabindex: "-1" });
  private readonly dock = h("nav.dock.field-dock");
  private screen: Screen | undefined;
  private number = 0;

  constructor(private readonly root: HTMLElement) {
    root.replaceChildren(this.head, this.status, this.notices, this.main, this.dock);
    addEventListener("hashchange", () => void this.show());
    for (const name of ["online", "offline"]) addEventListener(name, () => void this.frame());
    listen(() => void this.news());
  }

  /** Opens the screen of the present address. */
  async show(): Promise<void> {
    const number = ++this.number;
    const [name = "", ...args] = location.hash.replace(/^#\/?/, "").split("/");
    await this.screen?.leave?.();
    const screen = await this.open(name, args);
    if (number !== this.number) return screen.leave?.();
    this.screen = screen;
    this.main.replaceChildren(screen.main);
    this.drawHead();
    await this.frame();
    scrollTo(0, 0);
    this.main.focus({ preventScroll: true });
  }

  private open(name: string, args: string[]): Promise<Screen> {
    if (session.entry === "out") return entry();
    if (name === "report") return args[0] ? reportForm(args) : reportStart();
    return (ROUTES[name] ?? home)(args);
  }

  /** Something changed: lists draw themselves again, forms stay as they are. */
  private async news(): Promise<void> {
    if (session.entry === "out" && this.screen?.back) return this.show();
    await this.screen?.refresh?.();
    await this.frame();
  }

  private drawHead(): void {
    const { title = "", back } = this.screen ?? {};
    document.title = back ? `${title} · ${t("app")}` : t("app");
    const skip = document.querySelector(".skip-link");
    if (skip) skip.textContent = t("skip");
    const left = back !== undefined
      ? h("a.btn.btn-bar.field-back", { href: `#${back}`, "aria-label": t("back") }, icon("chevron-left", "lg"))
      : h("span.field-mark", { "aria-hidden": "true" }, mark());
    this.head.replaceChildren(left, h("h1.field-title", title));
  }

  private async frame(): Promise<void> {
    const counts = await unsentByAccount();
    const own = session.entry === "out" ? [] : (await allItems()).filter((item) => UNSENT.includes(item.state));
    const drafts = own.filter((item) => item.state === "draft").length;
    const others = [...counts].filter(([account]) => account !== session.account).reduce((sum, [, count]) => sum + count, 0);
    this.drawStatus(own.length - drafts, drafts);
    this.notices.replaceChildren(...(await notices(session.entry === "out" ? 0 : others)));
    this.drawDock(own.length - drafts);
  }

  private drawStatus(unsent: number, drafts: number): void {
    const isOff = !navigator.onLine || outgoing.away === "offline";
    const state = isOff ? "offline" : outgoing.away === "portal" ? "portal" : outgoing.away === "server" ? "server_away" : "online";
    this.status.dataset.net = state;
    const waits = outgoing.busy ? t("sending_now") : unsent ? t("unsent", unsent) : drafts ? t("drafts_kept", drafts) : t("all_sent");
    this.status.replaceChildren(
      icon(state === "online" ? "wifi" : "wifi-off", "sm"), h("span", t(state)),
      session.entry === "out" ? "" : h("a.field-unsent", { href: "#/outbox", "data-unsent": String(unsent) }, waits));
  }

  private drawDock(unsent: number): void {
    this.dock.hidden = session.entry === "out" || Boolean(this.screen?.isForm);
    this.root.classList.toggle("field-form", Boolean(this.screen?.isForm));
    this.dock.setAttribute("aria-label", t("home"));
    const at = location.hash.replace(/^#\/?/, "").split("/")[0];
    const link = (name: string, label: string, iconName: string, count = 0): HTMLElement =>
      h("a.dock-item", { href: `#/${name}`, "aria-current": at === name ? "page" : undefined }, icon(iconName), h("span", label), count ? h("span.count.count-hot.dock-count", String(count)) : null);
    this.dock.replaceChildren(
      link("", t("home"), "home"), link("tasks", t("tasks"), "clipboard-check"),
      h("a.dock-item.dock-main", { href: "#/report" }, h("span.dock-round", icon("camera")), h("span", t("new_report"))),
      link("outbox", t("outbox"), "send", unsent), link("near", t("near"), "map-pin"));
  }
}

/** The mark of Linli, as the server drew it into the shell. */
let drawnMark: Element | undefined;
const mark = (): Node => drawnMark?.cloneNode(true) ?? icon("home");

async function notices(others: number): Promise<HTMLElement[]> {
  const found: HTMLElement[] = [];
  const add = (tone: string, iconName: string, text: string, action?: HTMLElement): void =>
    void found.push(h(`div.notice.notice-${tone}`, icon(iconName), h("div.notice-text", text), action ?? null));
  const update = offerUpdate();
  if (update) add("info", "refresh", t("new_version"), h("button.btn.btn-primary", { type: "button", onclick: update }, t("reload")));
  if (session.entry === "expired")
    add("warning", "lock", t("expired"), h("a.btn.btn-primary", { href: "/accounts/login/?next=/field/" }, t("sign_in_again")));
  if (others) add("info", "users", t("others_wait", others));
  const { share } = await room();
  if (share >= FULL_FROM) add("warning", "database", t("nearly_full", Math.round(share * 100)), h("a.btn", { href: "#/outbox" }, t("export")));
  if (!canSeal()) add("warning", "shield", t("not_secure"));
  return found;
}

// --- life ---

let refreshedAt = 0;

/** Asks for news when there is a network: session, the place's data, the day; then sends what waits. */
export async function refresh(): Promise<void> {
  const before = { ...session };
  const found = await refreshSession();
  outgoing.away = found === "away" ? (navigator.onLine ? outgoing.away ?? "server" : "offline") : undefined;
  if (found === "ok") {
    refreshedAt = Date.now();
    await openDay();
    await refreshBundle();
    await refreshDay();
    void sendAll({ all: true }).then(refreshAfterSending);
    void askToKeep();
  }
  // Another person, or none: another screen. A session that ended is only told: whoever is writing goes on writing.
  const isOther = session.account !== before.account || (session.entry === "out") !== (before.entry === "out");
  if (isOther) await frame?.show();
  else redrawNews();
}

const redrawNews = (): void => void frame?.["news"]();

/** What was sent changes the day: asked for again, so that done tasks are gone. */
async function refreshAfterSending(): Promise<void> {
  if (session.entry === "in" && (await allItems()).some((item) => item.state === "sent" && item.updated > refreshedAt)) {
    refreshedAt = Date.now();
    await refreshDay();
  }
}

function wake(): void {
  if (document.visibilityState === "visible" && Date.now() - refreshedAt > DAY_AGE) void refresh();
}

export async function start(root: HTMLElement): Promise<void> {
  drawnMark = root.querySelector(".emblem") ?? undefined;
  applyLook();
  await openKept();
  if (session.entry !== "out") await openDay();
  frame = new Frame(root);
  await frame.show();
  addEventListener("online", () => void refresh());
  document.addEventListener("visibilitychange", wake);
  addEventListener("focus", wake);
  let busy = false;
  listen(() => {
    if (busy && !outgoing.busy) void refreshAfterSending();
    busy = outgoing.busy;
  });
  install(root.dataset.worker ?? "", () => redrawNews());
  await refresh();
}
