/**
 * Talking to the server. Three ends: an answer of ours, a refusal of ours, or "away". Whatever is not marked as ours (a Wi-Fi's
 * sign-in page, a proxy's error page with 200) is away, never success.
 */
export type Problem = { status: number; code: string; message: string; field?: string; retryAfter?: number; data: Record<string, unknown> };
export type Away = "offline" | "portal" | "server";
export type Reply<T> = { ok: true; data: T } | { ok: false; problem: Problem } | { ok: false; away: Away; retryAfter?: number };

const TIMEOUT = 30_000;
const API = "/field/api/";

/** What this page knows of the server: the secret for sending, who it is for, how far our clock is off (server minus phone). */
export const line = { csrf: "", account: "", clockOff: 0, roundTrip: Number.POSITIVE_INFINITY };

/** Our clock against the server's, from an answer; the quickest exchange tells best. */
export function measureClock(now: number, sent: number, got: number): void {
  const trip = got - sent;
  if (trip > line.roundTrip * 1.5 && line.roundTrip < 5000) return;
  line.roundTrip = trip;
  line.clockOff = Math.round(now - (sent + got) / 2);
}

type Wish = { method?: string; body?: unknown; headers?: Record<string, string>; timeout?: number };

export async function call<T>(path: string, wish: Wish = {}): Promise<Reply<T>> {
  const { method = "GET", body } = wish;
  const headers: Record<string, string> = { Accept: "application/json", ...wish.headers };
  if (method !== "GET") Object.assign(headers, { "X-CSRFToken": line.csrf, "X-Linli-Account": line.account });
  const isBytes = body instanceof Uint8Array;
  if (body !== undefined) headers["Content-Type"] = isBytes ? "application/octet-stream" : "application/json";
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), wish.timeout ?? TIMEOUT);
  const sent = Date.now();
  try {
    const answer = await fetch(API + path, {
      method, headers, signal: stop.signal, redirect: "manual", credentials: "same-origin", cache: "no-store",
      ...(body === undefined ? {} : { body: isBytes ? new Blob([body.slice()]) : JSON.stringify(body) }),
    });
    return await readAnswer<T>(answer, sent);
  } catch {
    return { ok: false, away: "offline" };
  } finally {
    clearTimeout(timer);
  }
}

export async function readAnswer<T>(answer: Response, sent = Date.now()): Promise<Reply<T>> {
  if (answer.type === "opaqueredirect") return { ok: false, away: "portal" };
  if (answer.status === 304) return { ok: true, data: undefined as T };
  const kind = answer.headers.get("Content-Type") ?? "";
  const retryAfter = Number(answer.headers.get("Retry-After")) || undefined;
  if (kind.startsWith("application/problem+json")) return asProblem(await answer.json(), answer.status, retryAfter);
  if (answer.status >= 500) return { ok: false, away: "server", ...(retryAfter ? { retryAfter } : {}) };
  if (!kind.startsWith("application/json")) return { ok: false, away: "portal" };
  const data = (await answer.json()) as { linli?: number; now?: number };
  if (!answer.ok || data.linli !== 1) return { ok: false, away: "portal" };
  if (data.now) measureClock(data.now, sent, Date.now());
  return { ok: true, data: data as T };
}

function asProblem<T>(data: Record<string, unknown>, status: number, retryAfter?: number): Reply<T> {
  if (status >= 500 || status === 429) return { ok: false, away: "server", ...(retryAfter ? { retryAfter } : {}) };
  const field = typeof data.field === "string" ? { field: data.field } : {};
  return { ok: false, problem: { status, code: String(data.code ?? status), message: String(data.detail ?? ""), ...field, data } };
}
