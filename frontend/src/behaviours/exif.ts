/**
 * Carries a JPEG's EXIF block (time and place of the shot) over to a smaller copy of it.
 * The server reads these two, then strips everything; a canvas would have lost them on the way.
 */
const SOI = 0xffd8;
const APP1 = 0xffe1;
const START_OF_SCAN = 0xffda;
const ORIENTATION = 0x0112;
const LONGEST_BLOCK = 64 * 1024;

/** The APP1/EXIF segment with its marker, or null when there is none. */
export function exifSegment(jpeg: Uint8Array): Uint8Array | null {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  if (view.byteLength < 4 || view.getUint16(0) !== SOI) return null;
  let at = 2;
  while (at + 10 <= view.byteLength) {
    const marker = view.getUint16(at);
    if (marker === START_OF_SCAN || (marker & 0xff00) !== 0xff00) return null;
    const length = view.getUint16(at + 2);
    const isExif = marker === APP1 && view.getUint32(at + 4) === 0x45786966;
    if (isExif && length <= LONGEST_BLOCK && at + 2 + length <= view.byteLength) return jpeg.slice(at, at + 2 + length);
    at += 2 + length;
  }
  return null;
}

/** Sets the orientation to upright, because the canvas has already turned the picture. */
export function setUpright(segment: Uint8Array): void {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  const tiff = 10;
  if (view.byteLength < tiff + 8) return;
  const little = view.getUint16(tiff) === 0x4949;
  const directory = tiff + view.getUint32(tiff + 4, little);
  if (directory + 2 > view.byteLength) return;
  const entries = view.getUint16(directory, little);
  for (let index = 0; index < entries; index += 1) {
    const entry = directory + 2 + index * 12;
    if (entry + 12 > view.byteLength) return;
    if (view.getUint16(entry, little) === ORIENTATION) view.setUint16(entry + 8, 1, little);
  }
}

/** The smaller JPEG with the original's EXIF put in right after its start marker. */
export function withExif(original: Uint8Array, smaller: Uint8Array): Uint8Array {
  const segment = exifSegment(original);
  if (!segment || exifSegment(smaller)) return smaller;
  setUpright(segment);
  const joined = new Uint8Array(smaller.length + segment.length);
  joined.set(smaller.subarray(0, 2));
  joined.set(segment, 2);
  joined.set(smaller.subarray(2), 2 + segment.length);
  return joined;
}
