/** The situation screen: draws what came with the page, asks again every few seconds, and says so when nobody answers. */
import "./styles/screen_page.css";
import { pause } from "./behaviours/pause";
import { clock, dayAndTime } from "./screen/time";
import { draw } from "./screen/panels";
import type { Figures } from "./screen/types";

const find = <Kind extends HTMLElement>(id: string): Kind => document.getElementById(id) as Kind;
const readJson = (id: string): unknown => JSON.parse(document.getElementById(id)?.textContent ?? "null");

/** A wall is looked at all the time: it asks again at most this many seconds after a failure. */
const LONGEST = 20;

type State = "live" | "paused" | "away" | "signed-out";

class Screen {
  private readonly address: string;
  private readonly seconds: number;
  private readonly doors = readJson("screen-doors") as Record<string, string>;
  private tag = "";
  private failures = 0;
  private due = 0;
  private isAsking = false;
  private isPaused = false;
  private seenAt = new Date();

  constructor(root: HTMLElement) {
    this.address = root.dataset.screen ?? "";
    this.seconds = Number(root.dataset.seconds) || 10;
    draw(readJson("screen-data") as Figures, this.doors);
    this.say("live");
    this.wait();
    setInterval(() => void this.tick(), 1000);
    window.addEventListener("online", () => (this.due = 0));
    this.listen();
  }

  private listen(): void {
    const button = find<HTMLButtonElement>("screen-pause");
    const stop = button.textContent ?? "";
    button.addEventListener("click", () => {
      this.isPaused = !this.isPaused;
      button.setAttribute("aria-pressed", String(this.isPaused));
      button.textContent = this.isPaused ? (button.dataset.go ?? "") : stop;
      this.due = 0;
      this.say(this.isPaused ? "paused" : "live");
    });
    const whole = find<HTMLButtonElement>("screen-full");
    whole.hidden = !document.fullscreenEnabled;
    whole.addEventListener("click", () => void (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
  }

  private wait(): void {
    this.due = Date.now() + Math.min(LONGEST, pause(this.seconds, this.failures)) * (950 + Math.random() * 100);
  }

  private async tick(): Promise<void> {
    if (this.isPaused || this.isAsking || document.hidden || Date.now() < this.due) return;
    this.isAsking = true;
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), this.seconds * 1000);
    try {
      await this.ask(stop.signal);
    } catch {
      this.failed("away");
    } finally {
      clearTimeout(late);
      this.isAsking = false;
      this.wait();
    }
  }

  private async ask(signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = { Accept: "application/json", ...(this.tag ? { "If-None-Match": this.tag } : {}) };
    const answer = await fetch(this.address, { headers, credentials: "same-origin", cache: "no-store", signal });
    if (answer.status === 401 || answer.status === 403) return this.failed("signed-out");
    if (!answer.ok && answer.status !== 304) return this.failed("away");
    if (answer.status === 200) {
      const figures = (await answer.json()) as Figures;
      this.tag = answer.headers.get("ETag") ?? "";
      this.showPoints(figures.points ?? []);
      draw(figures, this.doors);
    }
    this.failures = 0;
    this.seenAt = new Date();
    this.say("live");
  }

  /** The map reads its points from the page; it is told only when they have changed. */
  private showPoints(points: unknown[]): void {
    const kept = find("screen-points");
    const text = JSON.stringify(points);
    if (kept.textContent === text) return;
    kept.textContent = text;
    document.querySelector("linli-map")?.dispatchEvent(new CustomEvent("linli:refresh"));
  }

  private failed(state: "away" | "signed-out"): void {
    this.failures += 1;
    this.say(state);
  }

  private say(state: State): void {
    const line = find("screen-state");
    const at = clock(this.seenAt);
    const words = { live: line.dataset.updated, paused: line.dataset.paused, away: line.dataset.updated, "signed-out": line.dataset.updated }[state] ?? "";
    line.dataset.state = state;
    find("screen-when").textContent = words.replace("{0}", at);
    this.warn(state, line.dataset, at);
  }

  /** A line across the top while what is shown is not of now. */
  private warn(state: State, texts: DOMStringMap, at: string): void {
    const banner = find("screen-away");
    const words = (state === "away" ? texts.away : state === "signed-out" ? texts.signedOut : "")?.replace("{0}", at) ?? "";
    if (banner.dataset.words === words) return;
    banner.dataset.words = words;
    banner.hidden = words === "";
    banner.replaceChildren(words);
    if (state !== "signed-out") return;
    const link = document.createElement("a");
    link.href = texts.signInUrl ?? "/accounts/login/";
    link.textContent = texts.signIn ?? "";
    banner.append(" ", link);
  }
}

const face = document.getElementById("screen-clock");
if (face) {
  const show = (): void => void (face.textContent = dayAndTime(new Date()));
  setInterval(show, 1000);
  show();
}
const root = document.querySelector<HTMLElement>("[data-screen]");
if (root) new Screen(root);
