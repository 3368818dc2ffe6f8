/** Digests, ids and base64 that also work where the browser keeps its own back (pages without https). */
const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  const fraction = (value: number): number => ((value - Math.floor(value)) * 2 ** 32) >>> 0;
  let found = 0;
  for (let number = 2; found < 64; number += 1) {
    let isPrime = true;
    for (let by = 2; by * by <= number; by += 1) if (number % by === 0) isPrime = false;
    if (!isPrime) continue;
    if (found < 8) START[found] = fraction(Math.sqrt(number));
    K[found] = fraction(Math.cbrt(number));
    found += 1;
  }
}

const turn = (value: number, by: number): number => (value >>> by) | (value << (32 - by));

function padded(data: Uint8Array): DataView {
  const length = ((data.length + 8) >> 6) * 64 + 64;
  const bytes = new Uint8Array(length);
  bytes.set(data);
  bytes[data.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(length - 8, Math.floor(data.length / 2 ** 29));
  view.setUint32(length - 4, (data.length << 3) >>> 0);
  return view;
}

function mix(state: Uint32Array, view: DataView, at: number, words: Uint32Array): void {
  for (let i = 0; i < 16; i += 1) words[i] = view.getUint32(at + i * 4);
  for (let i = 16; i < 64; i += 1) {
    const [x, y] = [words[i - 15] as number, words[i - 2] as number];
    words[i] = (words[i - 16] as number) + (words[i - 7] as number) + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + (K[i] as number) + (words[i] as number)) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = (state[i] as number) + value));
}

/** SHA-256 in plain script; the browser's own is used where there is one. */
export function plainSha256(data: Uint8Array): Uint8Array {
  const [state, words, view] = [START.slice(), new Uint32Array(64), padded(data)];
  for (let at = 0; at < view.byteLength; at += 64) mix(state, view, at, words);
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((value, i) => out.setUint32(i * 4, value));
  return new Uint8Array(out.buffer);
}

export const hex = (data: Uint8Array): string => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

export async function sha256(data: Uint8Array): Promise<string> {
  if (!globalThis.crypto?.subtle) return hex(plainSha256(data));
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", data.slice())));
}

/** An id of our own that sorts by time (UUIDv7); the server knows a repetition by it. */
export function newId(now = Date.now()): string {
  const data = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i += 1) data[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  data[6] = ((data[6] as number) & 0x0f) | 0x70;
  data[8] = ((data[8] as number) & 0x3f) | 0x80;
  return hex(data).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function toBase64(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 0x8000) text += String.fromCharCode(...data.subarray(at, at + 0x8000));
  return btoa(text);
}

export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
