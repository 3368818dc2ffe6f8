import { call } from "./api";
import { announce } from "./news";
import { session } from "./session";
import { dropThumb, forget, keep, kept, putThumb, thumbIds, thumbRow } from "./store";
import type { Bundle, CaseRow, Day } from "./types";
import { vault, type Sealed } from "./vault";

/** The day's work and the place's data as kept on the phone. The day lies sealed and is forgotten after a week. */
export const known = { bundle: undefined as Bundle | undefined, day: undefined as Day | undefined };

const MOST_THUMBS = 120;
const dayName = (): string => `day-${session.account}`;

/** Reads what is kept; without the network this is all there is. */
export async function openDay(): Promise<void> {
  known.bundle = await kept<Bundle>("bundle");
  const sealed = await kept<Sealed>(dayName());
  known.day = sealed && (await vault.value<Day>(sealed));
  if (known.day && Date.parse(known.day.expires_at) < Date.now()) {
    known.day = undefined;
    await forget(dayName());
  }
}

export async function refreshBundle(): Promise<void> {
  const tag = known.bundle?.tag;
  const reply = await call<Bundle>("bundle", tag ? { headers: { "If-None-Match": `"${tag}"` } } : {});
  if (!reply.ok || !reply.data) return;
  known.bundle = reply.data;
  await keep("bundle", reply.data);
  announce();
}

export async function refreshDay(): Promise<boolean> {
  const { account } = session;
  const reply = await call<Day>("today");
  if (!reply.ok || session.account !== account) return false;
  known.day = reply.data;
  await keep(dayName(), await vault.seal(reply.data));
  announce();
  void fetchThumbs();
  return true;
}

export const caseById = (id: string): CaseRow | undefined => known.day?.cases[id];
export const rowsOf = (ids: string[] | undefined): CaseRow[] => (ids ?? []).map(caseById).filter((row): row is CaseRow => Boolean(row));

// --- small pictures of tasks, so that they can be looked at on the spot without a network ---

async function fetchThumbs(): Promise<void> {
  const wanted = new Set(rowsOf(known.day?.tasks).flatMap((row) => row.photos.map((photo) => photo.id)).slice(0, MOST_THUMBS));
  const there = new Set(await thumbIds());
  for (const id of there) if (!wanted.has(id)) await dropThumb(id);
  for (const id of wanted) {
    if (there.has(id)) continue;
    const data = await fetchPhoto(id, "small");
    if (!data) return;
    await putThumb(id, session.account, await vault.seal(data));
  }
  announce();
}

async function fetchPhoto(id: string, size: "small" | "large"): Promise<Uint8Array | undefined> {
  try {
    const answer = await fetch(`/field/photos/${id}/${size}`, { credentials: "same-origin", redirect: "manual" });
    if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("image/")) return undefined;
    return new Uint8Array(await answer.arrayBuffer());
  } catch {
    return undefined;
  }
}

/** A case's picture: the large one when there is a network, else the small one that is kept. */
export async function casePhoto(id: string, size: "small" | "large"): Promise<Uint8Array | undefined> {
  const row = await thumbRow(id);
  if (size === "small" && row) return vault.bytes(row.sealed);
  return (await fetchPhoto(id, size)) ?? (row ? vault.bytes(row.sealed) : undefined);
}
