import { line } from "./api";
import { fit } from "../behaviours/fit";
import { fullTime, t } from "./texts";

/** Photos as evidence: made smaller, and time, place and person written on them by the phone. */
const LONGEST_SIDE = 1600;
const QUALITY = 0.82;
export const MOST_PHOTOS = 9;

export type Mark = { at: Date; place: string; person: string };

/** The lines of the mark. The time is the server's as far as known: the phone's clock may be wrong. */
export function markLines(mark: Mark): string[] {
  return [fullTime(new Date(mark.at.getTime() + line.clockOff)), mark.place || t("mark_no_place"), mark.person].filter(Boolean);
}

/** A JPEG of at most 1600 px with the mark at its foot. Undefined when the browser cannot read the file. */
export async function marked(file: Blob, mark: Mark): Promise<Uint8Array | undefined> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return undefined;
  }
  const [width, height] = fit(picture.width, picture.height, LONGEST_SIDE);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const paint = canvas.getContext("2d");
  if (!paint) return undefined;
  paint.drawImage(picture, 0, 0, width, height);
  picture.close();
  drawMark(paint, width, height, markLines(mark));
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return blob ? new Uint8Array(await blob.arrayBuffer()) : undefined;
}

function drawMark(paint: CanvasRenderingContext2D, width: number, height: number, lines: string[]): void {
  const size = Math.max(12, Math.round(Math.min(width, height) / 30));
  const [gap, pad] = [Math.round(size * 1.45), Math.round(size * 0.9)];
  const top = height - gap * lines.length - pad * 2;
  const shade = paint.createLinearGradient(0, top - pad, 0, height);
  shade.addColorStop(0, "rgba(10,22,21,0)");
  shade.addColorStop(0.3, "rgba(10,22,21,.62)");
  shade.addColorStop(1, "rgba(10,22,21,.78)");
  paint.fillStyle = shade;
  paint.fillRect(0, top - pad, width, height - top + pad);
  paint.textBaseline = "alphabetic";
  paint.fillStyle = "#e79a58";
  paint.fillRect(pad, top + pad, Math.max(2, Math.round(size / 5)), gap * lines.length - Math.round(size * 0.3));
  lines.forEach((text, at) => {
    paint.font = `${at === 0 ? 600 : 400} ${size}px "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif`;
    paint.fillStyle = "#fff";
    paint.fillText(text, pad + size * 0.7, top + pad + gap * at + size * 0.92, width - pad * 2 - size);
  });
  paint.font = `600 ${Math.round(size * 1.1)}px "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif`;
  paint.textAlign = "right";
  paint.fillText(t("mark_by"), width - pad, height - pad - Math.round(size * 0.2));
  paint.textAlign = "left";
}
