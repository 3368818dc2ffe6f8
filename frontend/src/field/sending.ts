import { call, type Away, type Problem } from "./api";
import { allItems, save } from "./items";
import { announce } from "./news";
import { sendPicture } from "./pictures";
import { refreshSession, session } from "./session";
import { deletePictures } from "./store";
import type { Answer, Item } from "./types";

/**
 * The outbox's work: one sender on the phone at a time, oldest first. An item is frozen before its first byte leaves; whatever
 * happens then, it is sent again under the same id until the server has said what became of it.
 */
export const outgoing = { busy: false, away: undefined as Away | undefined };

type ReportAnswer = Answer & { missing: string[] };
type StepAnswer = Answer & {
  request_id: string; outcome: "done" | "known" | "refused" | "conflict" | "quarantined" | "waiting"; code?: string; message?: string;
  field?: string; state?: string; missing?: string[];
};
type End = "go on" | "stop";

const BATCH = 20;
const LONGEST_WAIT = 300_000;
let asked: Promise<void> | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** How long to wait after so many tries in vain: 2 s, 4 s … 5 minutes, a little scattered. */
export const backoff = (tries: number, chance = Math.random()): number => Math.min(LONGEST_WAIT, 1000 * 2 ** tries) * (0.8 + 0.4 * chance);

/** Sends what is due; with `all`, also what waits for its next try. */
export function sendAll({ all = false } = {}): Promise<void> {
  if (asked && !all) return asked;
  asked = alone(() => round(all)).finally(() => (asked = undefined));
  return asked;
}

/** One sender among all tabs; without the browser's locks, one in this tab. The server takes twins as one anyway. */
async function alone(work: () => Promise<void>): Promise<void> {
  if (navigator.locks) return navigator.locks.request("linli-outbox", work);
  return work();
}

async function round(all: boolean): Promise<void> {
  clearTimeout(timer);
  const due = dueItems(await allItems(), all ? Number.POSITIVE_INFINITY : Date.now());
  if (due.length && (await ready())) {
    outgoing.busy = true;
    announce();
    try {
      if ((await sendReports(due)) === "go on") await sendSteps(due);
    } finally {
      outgoing.busy = false;
      announce();
    }
  }
  await scheduleNext();
}

export const dueItems = (items: Item[], now: number): Item[] =>
  items.filter((item) => (item.state === "ready" && item.nextTry <= now) || item.state === "sending");

/** A live session of the account whose items these are. */
async function ready(): Promise<boolean> {
  const found = await refreshSession();
  outgoing.away = found === "away" ? (navigator.onLine ? "server" : "offline") : undefined;
  announce();
  return found === "ok";
}

async function scheduleNext(): Promise<void> {
  const waiting = (await allItems()).filter((item) => item.state === "ready" || item.state === "sending");
  if (!waiting.length || session.entry !== "in") return;
  const next = Math.min(...waiting.map((item) => item.nextTry));
  timer = setTimeout(() => void sendAll(), Math.max(1500, next - Date.now()));
}

// --- one by one ---

async function begin(item: Item): Promise<boolean> {
  item.state = "sending";
  return save(item, ["ready", "sending"]);
}

async function later(item: Item, wait?: number): Promise<void> {
  item.state = "ready";
  item.tries += 1;
  item.nextTry = Date.now() + Math.max(wait ?? 0, backoff(item.tries));
  await save(item, ["sending"]);
}

async function refuse(item: Item, problem: { code?: string; message?: string; field?: string; state?: string }): Promise<void> {
  item.state = problem.code === "same_id_other_content" ? "quarantined" : "refused";
  item.reason = {
    code: problem.code ?? "", message: problem.message ?? "",
    ...(problem.field ? { field: problem.field } : {}), ...(problem.state ? { state: problem.state } : {}),
  };
  await save(item, ["sending"]);
}

/** The server has it: whatever another tab has made of the item meanwhile, it is sent. */
async function finish(item: Item): Promise<void> {
  item.state = "sent";
  if (await save(item, ["sending", "ready"])) await deletePictures(item.id);
}

/** What a refused request means: for the session, for the item, or only for now. */
async function onProblem(item: Item, problem: Problem): Promise<End> {
  if (problem.status === 401 || problem.code === "csrf_failed" || problem.code === "other_account") {
    item.state = "ready";
    await save(item, ["sending"]);
    await refreshSession();
    return "stop";
  }
  await refuse(item, problem);
  return "go on";
}

async function onAway(item: Item, away: Away, retryAfter?: number): Promise<End> {
  outgoing.away = away;
  await later(item, retryAfter ? retryAfter * 1000 : 0);
  return "stop";
}

// --- reports: the words first, so that the office can begin; then the pictures ---

async function sendReports(due: Item[]): Promise<End> {
  for (const item of due.filter((one) => one.body.kind === "report"))
    if ((await begin(item)) && (await sendReport(item)) === "stop") return "stop";
  return "go on";
}

async function sendReport(item: Item): Promise<End> {
  const reply = await call<ReportAnswer>("report", { method: "POST", body: item.payload });
  if (!reply.ok) return "away" in reply ? onAway(item, reply.away, reply.retryAfter) : onProblem(item, reply.problem);
  noteAnswer(item, reply.data);
  await save(item, ["sending"]);
  const end = await sendPictures(item);
  if (end !== "arrived") return end;
  // The last picture may have met a report that was still on its way: asked once more, the server ties what is there.
  await call<ReportAnswer>("report", { method: "POST", body: item.payload });
  await finish(item);
  return "go on";
}

function noteAnswer(item: Item, answer: ReportAnswer): void {
  item.answer = { ...(answer.reference ? { reference: answer.reference } : {}), ...(answer.case ? { case: answer.case } : {}), ...(answer.stage ? { stage: answer.stage } : {}) };
  const missing = new Set(answer.missing);
  for (const photo of item.photos) photo.arrived = !missing.has(photo.sha256);
}

async function sendPictures(item: Item): Promise<"arrived" | End> {
  for (const photo of item.photos) {
    if (photo.arrived || photo.refused) continue;
    const sent = await sendPicture(item, photo);
    if (sent === "gone") photo.refused = "gone";
    else if ("away" in sent) return onAway(item, sent.away);
    else if ("problem" in sent) {
      if (sent.problem.status === 401 || sent.problem.status === 403 || sent.problem.code === "other_account") return onProblem(item, sent.problem);
      photo.refused = sent.problem.message || sent.problem.code;
    }
    await save(item, ["sending"]);
  }
  return "arrived";
}

// --- steps: the pictures first, because a step stands on them; then many steps at once ---

async function sendSteps(due: Item[]): Promise<End> {
  let batch: Item[] = [];
  for (const item of due.filter((one) => one.body.kind !== "report")) {
    if (!(await begin(item))) continue;
    const end = await sendPictures(item);
    if (end === "stop") return "stop";
    if (end === "arrived") batch.push(item);
    if (batch.length === BATCH) {
      if ((await sendBatch(batch)) === "stop") return "stop";
      batch = [];
    }
  }
  return batch.length ? sendBatch(batch) : "go on";
}

async function sendBatch(batch: Item[]): Promise<End> {
  const reply = await call<{ answers: StepAnswer[] }>("steps", { method: "POST", body: { steps: batch.map((item) => item.payload) } });
  if (!reply.ok) {
    let end: End = "go on";
    for (const item of batch) {
      const one = "away" in reply ? await onAway(item, reply.away, reply.retryAfter) : await onProblem(item, reply.problem);
      if (one === "stop") end = "stop";
    }
    return end;
  }
  const answers = new Map(reply.data.answers.map((answer) => [answer.request_id, answer]));
  for (const item of batch) {
    const answer = answers.get(item.id);
    if (answer) await settle(item, answer);
    else await later(item);
  }
  return "go on";
}

/** Brings an item to where the server says its step is. */
async function settle(item: Item, answer: StepAnswer): Promise<void> {
  if (answer.outcome === "done" || answer.outcome === "known") {
    item.answer = { ...(answer.reference ? { reference: answer.reference } : {}), ...(answer.stage ? { stage: answer.stage } : {}) };
    return finish(item);
  }
  if (answer.outcome !== "waiting") return refuse(item, answer);
  for (const photo of item.photos)
    if (answer.missing?.includes(photo.sha256)) Object.assign(photo, { arrived: false, received: 0 });
  return later(item);
}
