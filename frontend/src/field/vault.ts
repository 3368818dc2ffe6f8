import { fromBase64 } from "./bytes";
import { keysOf, keepKeys, dropKeys } from "./store";

/**
 * Everything a person writes lies sealed (AES-GCM) in the phone's store, under a key that the server hands out when they
 * sign in and that is dropped when they sign out: then the store is unreadable, and nothing of it is lost.
 * Pages without https have no such keys; there the store is plain, and the app says so.
 */
export type Sealed = { kid: string; iv: Uint8Array; data: Uint8Array | string };
type GivenKey = { id: string; key: string };

export const canSeal = (): boolean => Boolean(globalThis.crypto?.subtle);

export class Locked extends Error {}

export class Vault {
  private readonly keys = new Map<string, CryptoKey>();
  private present = "";

  /** Takes the keys as the server gives them, present one first, and keeps them until the person signs out. */
  async unlock(account: string, given: GivenKey[]): Promise<void> {
    if (!canSeal()) return;
    this.keys.clear();
    this.present = given[0]?.id ?? "";
    for (const { id, key } of given)
      this.keys.set(id, await crypto.subtle.importKey("raw", fromBase64(key).slice(), "AES-GCM", false, ["encrypt", "decrypt"]));
    await keepKeys(account, this.present, [...this.keys]);
  }

  /** Takes the keys kept from the last time; false when the person has signed out since. */
  async open(account: string): Promise<boolean> {
    if (!canSeal()) return true;
    const kept = await keysOf(account);
    if (!kept) return false;
    this.keys.clear();
    for (const [id, key] of kept.keys) this.keys.set(id, key);
    this.present = kept.present;
    return this.keys.has(this.present);
  }

  async lock(account: string): Promise<void> {
    this.keys.clear();
    this.present = "";
    await dropKeys(account);
  }

  async seal(value: unknown): Promise<Sealed> {
    const plain = value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value));
    if (!canSeal()) return { kid: "", iv: new Uint8Array(), data: value instanceof Uint8Array ? value : JSON.stringify(value) };
    const key = this.keys.get(this.present);
    if (!key) throw new Locked();
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain.slice()));
    return { kid: this.present, iv, data };
  }

  async bytes(sealed: Sealed): Promise<Uint8Array> {
    if (!sealed.kid) return sealed.data instanceof Uint8Array ? sealed.data : new TextEncoder().encode(sealed.data);
    const key = this.keys.get(sealed.kid);
    if (!key) throw new Locked();
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv.slice() }, key, (sealed.data as Uint8Array).slice()));
  }

  async value<T>(sealed: Sealed): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.bytes(sealed))) as T;
  }
}

export const vault = new Vault();
