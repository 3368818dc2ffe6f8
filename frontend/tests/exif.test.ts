import { describe, expect, it } from "vitest";
import { exifSegment, setUpright, withExif } from "../src/behaviours/exif";

/** A JPEG of nothing but markers: start, an EXIF block that says "turned right" (6), start of scan. */
function jpegWithExif(little: boolean): Uint8Array {
  const tiff = new DataView(new ArrayBuffer(8 + 2 + 12 + 4));
  tiff.setUint16(0, little ? 0x4949 : 0x4d4d);
  tiff.setUint16(2, 42, little);
  tiff.setUint32(4, 8, little);
  tiff.setUint16(8, 1, little);
  tiff.setUint16(10, 0x0112, little);
  tiff.setUint16(12, 3, little);
  tiff.setUint32(14, 1, little);
  tiff.setUint16(18, 6, little);
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, ...new Uint8Array(tiff.buffer)];
  const length = exif.length + 2;
  return new Uint8Array([0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 0xff, ...exif, 0xff, 0xda, 0, 2, 1, 2, 3]);
}
const bare = new Uint8Array([0xff, 0xd8, 0xff, 0xda, 0, 2, 9, 9]);

describe("EXIF of a shrunk photo", () => {
  it.each([true, false])("keeps the block and turns it upright (little endian: %s)", (little) => {
    const joined = withExif(jpegWithExif(little), bare);
    const segment = exifSegment(joined) as Uint8Array;
    const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
    expect(view.getUint16(10 + 18, little)).toBe(1);
    expect([...joined.slice(-6)]).toEqual([...bare.slice(2)]);
  });

  it("leaves a photo without EXIF as it is", () => {
    expect(withExif(bare, bare)).toBe(bare);
    expect(exifSegment(new Uint8Array([1, 2, 3]))).toBeNull();
  });

  it("survives a block that is cut short", () => {
    const cut = jpegWithExif(true).slice(0, 20);
    expect(exifSegment(cut)).toBeNull();
    expect(() => setUpright(cut.slice(2))).not.toThrow();
  });
});
