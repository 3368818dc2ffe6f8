import { describe, expect, it } from "vitest";
import { fromBase64, hex, newId, plainSha256, sha256, toBase64 } from "../../src/field/bytes";

function chance(length: number): Uint8Array {
  const data = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(data.subarray(at, at + 65_536));
  return data;
}

describe("digests in plain script", () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 1000, 70_000])("are those of everybody else for %i bytes", async (length) => {
    const data = chance(length);
    const expected = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", data.slice())));
    expect(hex(plainSha256(data))).toBe(expected);
    expect(await sha256(data)).toBe(expected);
  });
});

describe("ids", () => {
  it("are UUIDs of version 7 that sort by time", () => {
    const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map((at) => newId(at));
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(Array.from({ length: 2000 }, () => newId(1))).size).toBe(2000);
  });
});

it("base64 gives back what went in, also for large pictures", () => {
  const data = chance(200_001);
  expect(fromBase64(toBase64(data))).toEqual(data);
});
