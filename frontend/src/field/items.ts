import { line } from "./api";
import { newId, sha256 } from "./bytes";
import { announce } from "./news";
import { session } from "./session";
import { deleteItem, deletePicture, itemRow, itemRows, pictureRow, putPicture, swapItem, type ItemRow } from "./store";
import type { Draft, Item, Picture, State } from "./types";
import { vault } from "./vault";

/** Items of the outbox: kept at every change, changeable only while a draft, bound to the account that wrote them. */
export const UNSENT: readonly State[] = ["draft", "ready", "sending", "refused", "quarantined"];
const KEEP_SENT = 7 * 24 * 3600 * 1000;

async function rowOf(item: Item): Promise<ItemRow> {
  return { id: item.id, account: item.account, state: item.state, updated: item.updated, sealed: await vault.seal(item) };
}

export function newItem(body: Draft, now = Date.now()): Item {
  return { id: newId(now), account: session.account, state: "draft", created: now, updated: now, body, photos: [], tries: 0, nextTry: 0 };
}

/** Keeps an item that was in one of the states. False when another tab has moved it on meanwhile: nothing is written. */
export async function save(item: Item, from: readonly State[]): Promise<boolean> {
  item.updated = Date.now();
  const row = await rowOf(item);
  const there = await swapItem(row, from);
  const isNew = !there && from.includes("draft") && (await swapItem(row, null));
  // Typing on in a draft is news to nobody; that there is one, and where an item stands, is.
  if (isNew || (there && item.state !== "draft")) announce();
  return there || isNew;
}

export const saveDraft = (item: Item): Promise<boolean> => save(item, ["draft"]);

export async function load(id: string): Promise<Item | undefined> {
  const row = await itemRow(id);
  return row && row.account === session.account ? vault.value<Item>(row.sealed) : undefined;
}

/** All items of the present account, oldest first; sent ones go after a week. */
export async function allItems(): Promise<Item[]> {
  const rows = await itemRows(session.account);
  const old = rows.filter((row) => row.state === "sent" && row.updated < Date.now() - KEEP_SENT);
  for (const row of old) await deleteItem(row.id, ["sent"]);
  const items = await Promise.all(rows.filter((row) => !old.includes(row)).map((row) => vault.value<Item>(row.sealed)));
  return items.sort((a, b) => a.created - b.created);
}

/** A draft becomes ready to go. Nothing in it changes from here on. */
export async function submit(item: Item): Promise<boolean> {
  item.state = "ready";
  item.deviceAt = new Date().toISOString();
  item.payload = payloadOf(item);
  item.tries = item.nextTry = 0;
  delete item.reason;
  const done = await save(item, ["draft"]);
  if (!done) item.state = "draft";
  return done;
}

/** What travels: what was said, when by the phone's clock, and what the phone knows of place and clock. */
export function payloadOf(item: Item): Record<string, unknown> {
  const { body } = item;
  const spot = item.spot ?? (body.kind === "report" && body.way === "gps" ? body.spot : undefined);
  const device = { clock_off: Math.round(line.clockOff / 1000), app: document.querySelector<HTMLElement>("linli-field")?.dataset.version ?? "", ...(spot ? { spot } : {}) };
  const common = { device_at: item.deviceAt, device, photos: item.photos.map((photo) => photo.sha256) };
  if (body.kind === "report")
    return { id: item.id, category: body.category, text: body.text.trim(), address: body.address.trim(), lng: body.spot?.lng, lat: body.spot?.lat, ...common };
  if (body.kind === "duty") return { request_id: item.id, verb: body.verb, ...(body.of ? { of: body.of } : {}), ...common };
  return { request_id: item.id, verb: body.verb, case: body.case, text: body.text.trim(), ...(body.found === undefined ? {} : { found: body.found }), ...common };
}

export async function addPicture(item: Item, data: Uint8Array): Promise<void> {
  const picture: Picture = { key: newId(), sha256: await sha256(data), size: data.length, received: 0, arrived: false };
  if (item.photos.some((one) => one.sha256 === picture.sha256)) return;
  await putPicture({ key: picture.key, item: item.id, account: item.account, sealed: await vault.seal(data) });
  item.photos.push(picture);
}

export async function removePicture(item: Item, picture: Picture): Promise<void> {
  item.photos = item.photos.filter((one) => one.key !== picture.key);
  if (await saveDraft(item)) await deletePicture(picture.key);
}

export async function pictureBytes(picture: Picture): Promise<Uint8Array | undefined> {
  const row = await pictureRow(picture.key);
  return row && vault.bytes(row.sealed);
}

/** The same words and pictures as a new draft under a new id; what was refused stays as it is. */
export async function copyToDraft(item: Item): Promise<Item> {
  const copy = newItem(structuredClone(item.body));
  // The case has gone on: what was found there can still be told to the office.
  if (copy.body.kind === "step" && item.reason?.state) copy.body.verb = "note";
  for (const picture of item.photos) {
    const data = await pictureBytes(picture);
    if (data) await addPicture(copy, data);
  }
  await saveDraft(copy);
  return copy;
}

export const discard = async (item: Item, from: readonly State[] = ["draft"]): Promise<boolean> => {
  const done = await deleteItem(item.id, from);
  if (done) announce();
  return done;
};

/** The unsent step on a case, so that one begun is gone on with, and one that waits is shown as such. */
export const stepOn = (items: Item[], caseId: string): Item | undefined =>
  items.filter((item) => item.body.kind === "step" && item.body.case === caseId && UNSENT.includes(item.state)).at(-1);
