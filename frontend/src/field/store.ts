import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { State } from "./types";
import type { Sealed } from "./vault";

/** The phone's store. Only what finding and sending need is plain: ids, whose, which state. The rest is sealed. */
export type ItemRow = { id: string; account: string; state: State; updated: number; sealed: Sealed };
export type PictureRow = { key: string; item: string; account: string; sealed: Sealed };
type KeyRow = { account: string; present: string; keys: [string, CryptoKey][] };

interface Schema extends DBSchema {
  items: { key: string; value: ItemRow; indexes: { account: string } };
  pictures: { key: string; value: PictureRow; indexes: { item: string } };
  kept: { key: string; value: { name: string; value: unknown } };
  keys: { key: string; value: KeyRow };
  thumbs: { key: string; value: { id: string; account: string; sealed: Sealed } };
}

// A word that was typed is on the disk, not in a buffer, when its save is done.
const STRICT = { durability: "strict" } as const;
let opened: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>("linli-field", 1, {
    upgrade(db) {
      db.createObjectStore("items", { keyPath: "id" }).createIndex("account", "account");
      db.createObjectStore("pictures", { keyPath: "key" }).createIndex("item", "item");
      db.createObjectStore("kept", { keyPath: "name" });
      db.createObjectStore("keys", { keyPath: "account" });
      db.createObjectStore("thumbs", { keyPath: "id" });
    },
    terminated: () => (opened = undefined),
  });
  return opened;
}

// --- items ---

export const itemRows = async (account: string): Promise<ItemRow[]> => (await database()).getAllFromIndex("items", "account", account);
export const itemRow = async (id: string): Promise<ItemRow | undefined> => (await database()).get("items", id);

/** Writes an item if it is still in one of the states (or not there at all, for `null`). False: somebody was faster. */
export async function swapItem(row: ItemRow, from: readonly State[] | null): Promise<boolean> {
  const change = (await database()).transaction("items", "readwrite", STRICT);
  const there = await change.store.get(row.id);
  const fits = there ? Boolean(from?.includes(there.state)) : from === null;
  if (fits) await change.store.put(row);
  await change.done;
  return fits;
}

/** Deletes an item that is in one of the states, with its pictures. */
export async function deleteItem(id: string, from: readonly State[]): Promise<boolean> {
  const change = (await database()).transaction(["items", "pictures"], "readwrite", STRICT);
  const there = await change.objectStore("items").get(id);
  const fits = Boolean(there && from.includes(there.state));
  if (fits) {
    await change.objectStore("items").delete(id);
    const keys = await change.objectStore("pictures").index("item").getAllKeys(id);
    await Promise.all(keys.map((key) => change.objectStore("pictures").delete(key)));
  }
  await change.done;
  return fits;
}

/** How much lies unsent on this phone, by account: known even while the store is locked. */
export async function unsentByAccount(): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const row of await (await database()).getAll("items"))
    if (row.state !== "sent") counts.set(row.account, (counts.get(row.account) ?? 0) + 1);
  return counts;
}

// --- pictures ---

export async function putPicture(row: PictureRow): Promise<void> {
  const change = (await database()).transaction("pictures", "readwrite", STRICT);
  await change.store.put(row);
  await change.done;
}
export const pictureRow = async (key: string): Promise<PictureRow | undefined> => (await database()).get("pictures", key);
export const deletePicture = async (key: string): Promise<void> => (await database()).delete("pictures", key);
export async function deletePictures(item: string): Promise<void> {
  const db = await database();
  for (const key of await db.getAllKeysFromIndex("pictures", "item", item)) await db.delete("pictures", key);
}

// --- what is kept by name; keys; small pictures of cases ---

export async function kept<T>(name: string): Promise<T | undefined> {
  return (await (await database()).get("kept", name))?.value as T | undefined;
}
export const keep = async (name: string, value: unknown): Promise<unknown> => (await database()).put("kept", { name, value });
export const forget = async (name: string): Promise<void> => (await database()).delete("kept", name);

export const keysOf = async (account: string): Promise<KeyRow | undefined> => (await database()).get("keys", account);
export const keepKeys = async (account: string, present: string, keys: [string, CryptoKey][]): Promise<unknown> =>
  (await database()).put("keys", { account, present, keys });
export const dropKeys = async (account: string): Promise<void> => (await database()).delete("keys", account);

export const thumbRow = async (id: string): Promise<{ sealed: Sealed } | undefined> => (await database()).get("thumbs", id);
export const putThumb = async (id: string, account: string, sealed: Sealed): Promise<unknown> =>
  (await database()).put("thumbs", { id, account, sealed });
export const thumbIds = async (): Promise<string[]> => (await database()).getAllKeys("thumbs");
export const dropThumb = async (id: string): Promise<void> => (await database()).delete("thumbs", id);
export const dropThumbs = async (): Promise<void> => (await database()).clear("thumbs");
