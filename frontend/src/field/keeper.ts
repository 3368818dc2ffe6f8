import { saveDraft } from "./items";
import { clockTime, t } from "./texts";
import type { Item } from "./types";
import { h } from "./dom";

/** Keeps a draft while it is written: within a quarter of a second after every change, and when the page is left. */
export const EVERY = 250;

export class Keeper {
  readonly mark = h("p.kept-mark", { role: "status" });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> | undefined;
  private isDirty = false;
  private readonly leaving = (): void => void this.flush();

  constructor(readonly item: Item, private readonly overtaken: () => void) {
    addEventListener("pagehide", this.leaving);
    document.addEventListener("visibilitychange", this.leaving);
    document.addEventListener("freeze", this.leaving);
  }

  /** Something was typed or chosen. Saves at a steady pace, however quickly somebody types. */
  changed(): void {
    this.isDirty = true;
    this.timer ??= setTimeout(() => void this.save(), EVERY);
  }

  /** Saves what is waiting; resolves when it is on the disk. */
  async flush(): Promise<void> {
    await this.save();
  }

  async stop(): Promise<void> {
    removeEventListener("pagehide", this.leaving);
    document.removeEventListener("visibilitychange", this.leaving);
    document.removeEventListener("freeze", this.leaving);
    await this.flush();
  }

  private save(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
    return this.writing;
  }

  /** One write at a time; what was typed during a slow one follows at once. */
  private async writeAll(): Promise<void> {
    while (this.isDirty) {
      this.isDirty = false;
      await this.write();
    }
  }

  private async write(): Promise<void> {
    if (this.item.state !== "draft") return;
    try {
      if (await saveDraft(this.item)) this.say(t("saved_at", clockTime(new Date())));
      else this.overtaken();
    } catch {
      this.say(t("save_failed"), true);
    }
  }

  private say(text: string, isWrong = false): void {
    this.mark.textContent = text;
    this.mark.classList.toggle("kept-wrong", isWrong);
  }
}
