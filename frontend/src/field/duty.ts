import { ask } from "./dom";
import { known } from "./day";
import { newItem, save, submit } from "./items";
import { locate } from "./place";
import { sendAll } from "./sending";
import { shortTime, t } from "./texts";
import type { Item } from "./types";
import { toast } from "../behaviours/toast";

/** Clocking in and out, with the place, also without a network. */
export type Duty = { since: Date; of?: string };

/** Whether the worker is on duty, by what the server last said and what waits in the outbox. */
export function dutyState(items: Item[]): Duty | undefined {
  const day = known.day;
  let duty: Duty | undefined = day?.duty ? { since: new Date(Date.parse(day.duty.started_at)), ...(day.duty.of ? { of: day.duty.of } : {}) } : undefined;
  const madeAt = day ? day.now : 0;
  for (const item of items) {
    if (item.body.kind !== "duty" || item.state === "refused" || item.state === "quarantined") continue;
    if (item.state === "sent" && item.updated < madeAt) continue;
    duty = item.body.verb === "clock_in" ? { since: new Date(item.created), of: item.id } : undefined;
  }
  return duty;
}

export async function clock(duty: Duty | undefined): Promise<void> {
  if (duty && !(await ask(t("clock_out_sure", shortTime(duty.since)), t("clock_out"), t("cancel")))) return;
  const item = newItem({ kind: "duty", verb: duty ? "clock_out" : "clock_in", ...(duty?.of ? { of: duty.of } : {}) });
  await save(item, ["draft"]);
  const found = await locate(undefined, 5000);
  if ("spot" in found) item.spot = found.spot;
  if (!(await submit(item))) return;
  toast(duty ? t("clocked_out") : t("clocked_in"));
  void sendAll();
}
