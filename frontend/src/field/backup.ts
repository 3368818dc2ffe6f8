import { fromBase64, newId, toBase64 } from "./bytes";
import { UNSENT } from "./items";
import { announce } from "./news";
import { session } from "./session";
import { itemRows, pictureRow, putPicture, swapItem, type ItemRow, type PictureRow } from "./store";
import { vault, type Sealed } from "./vault";
import type { Item } from "./types";

/**
 * What is unsent as a file, for a phone that is about to be lost or full. It lies in the file sealed as it does in the store:
 * only the same account, signed in on some phone, can bring it in again.
 */
const FORMAT = "linli-outbox";
type Told = { kid: string; iv: string; data: string };
export type Backup = { format: string; version: 1; account: string; made: string; items: (Omit<ItemRow, "sealed"> & { sealed: Told })[]; pictures: (Omit<PictureRow, "sealed"> & { sealed: Told })[] };

const bytesOf = (data: Uint8Array | string): Uint8Array => (typeof data === "string" ? new TextEncoder().encode(data) : data);
const told = (sealed: Sealed): Told => ({ kid: sealed.kid, iv: toBase64(sealed.iv), data: toBase64(bytesOf(sealed.data)) });
const untold = (sealed: Told): Sealed => ({ kid: sealed.kid, iv: fromBase64(sealed.iv), data: fromBase64(sealed.data) });

/** Downloads the file; returns how many items are in it. */
export async function exportUnsent(): Promise<number> {
  const rows = (await itemRows(session.account)).filter((row) => UNSENT.includes(row.state));
  const backup: Backup = { format: FORMAT, version: 1, account: session.account, made: new Date().toISOString(), items: rows.map((row) => ({ ...row, sealed: told(row.sealed) })), pictures: [] };
  for (const row of rows) {
    const item = await vault.value<Item>(row.sealed);
    for (const photo of item.photos) {
      const picture = await pictureRow(photo.key);
      if (picture) backup.pictures.push({ ...picture, sealed: told(picture.sealed) });
    }
  }
  const url = URL.createObjectURL(new Blob([JSON.stringify(backup)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `linli-${new Date().toISOString().slice(0, 10)}-${newId().slice(-4)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return rows.length;
}

/** Brings a file in; what is on this phone already stays as it is. Undefined for a file that is not of this account. */
export async function importFile(file: Blob): Promise<number | undefined> {
  const backup = await readBackup(file);
  if (!backup || backup.account !== session.account) return undefined;
  let count = 0;
  for (const picture of backup.pictures) await putPicture({ ...picture, sealed: untold(picture.sealed) });
  for (const row of backup.items) {
    const sealed = untold(row.sealed);
    try {
      await vault.value<Item>(sealed);
    } catch {
      return undefined;
    }
    if (await swapItem({ ...row, sealed }, null)) count += 1;
  }
  announce();
  return count;
}

async function readBackup(file: Blob): Promise<Backup | undefined> {
  try {
    const read = JSON.parse(await file.text()) as Backup;
    return read.format === FORMAT && read.version === 1 && Array.isArray(read.items) && Array.isArray(read.pictures) ? read : undefined;
  } catch {
    return undefined;
  }
}
