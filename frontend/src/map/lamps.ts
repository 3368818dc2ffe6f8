/** The status lamps as pictures for the canvas; the same outlines as in the kit, so that shape says what colour says. */
export type Light = "green" | "yellow" | "red" | "grey" | "violet" | "done" | "none";

export const LIGHTS: readonly Light[] = ["red", "violet", "yellow", "green", "grey", "done", "none"];

const OUTLINES: Record<Light, string> = {
  green: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z",
  yellow: "M8 1.6 15 14H1z",
  red: "M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z",
  grey: "M3 2h3.6v12H3zM9.4 2H13v12H9.4z",
  violet: "M8 .8 15.2 8 8 15.2.8 8z",
  done: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z",
  none: "M8 3.2a4.8 4.8 0 1 0 0 9.6A4.8 4.8 0 1 0 8 3.2z",
};
const MARKS: Partial<Record<Light, string>> = {
  yellow: "M8 6v3.6M8 11.8v.2",
  red: "M8 4.4v4.2M8 11.4v.2",
  violet: "M5.6 8h4.8",
  done: "M5.2 8.200l2 2.100 3.700-4.500",
};

export const asLight = (value: unknown): Light => (LIGHTS.includes(value as Light) ? (value as Light) : "none");

function context(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext("2d") as CanvasRenderingContext2D;
}

/** One lamp, 24 × 24 at twice the pixels, with a rim that lifts it from the map. */
export function lampPicture(light: Light, colour: string, rim: string): HTMLCanvasElement {
  const paint = context(48, 48);
  paint.scale(48 / 22, 48 / 22);
  paint.translate(3, 3);
  const outline = new Path2D(OUTLINES[light]);
  paint.lineJoin = "round";
  paint.lineCap = "round";
  paint.lineWidth = 4;
  paint.strokeStyle = rim;
  paint.stroke(outline);
  paint.fillStyle = light === "none" ? rim : colour;
  paint.fill(outline);
  if (light === "none") {
    paint.lineWidth = 2.6;
    paint.strokeStyle = colour;
    paint.stroke(outline);
  }
  const mark = MARKS[light];
  if (mark) {
    paint.lineWidth = 1.9;
    paint.stroke(new Path2D(mark));
  }
  return paint.canvas;
}

/** A group of points: a disc with a ring that shows how its lights are shared out, largest worry first. */
export function groupPicture(shares: [Light, number][], radius: number, colours: Record<Light, string>, ground: string): HTMLCanvasElement {
  const size = (radius + 3) * 4;
  const paint = context(size, size);
  paint.scale(2, 2);
  const middle = size / 4;
  const total = shares.reduce((sum, [, share]) => sum + share, 0) || 1;
  paint.beginPath();
  paint.arc(middle, middle, radius + 2, 0, 2 * Math.PI);
  paint.fillStyle = ground;
  paint.fill();
  let from = -Math.PI / 2;
  paint.lineWidth = Math.max(3.5, radius / 4.5);
  for (const [light, share] of shares) {
    const to = from + (2 * Math.PI * share) / total;
    paint.beginPath();
    paint.arc(middle, middle, radius - paint.lineWidth / 2, from, to);
    paint.strokeStyle = colours[light];
    paint.stroke();
    from = to;
  }
  return paint.canvas;
}

/** The pin of a chosen place: our roof on a drop. */
export function pinPicture(colour: string, rim: string): HTMLCanvasElement {
  const paint = context(72, 88);
  paint.scale(2, 2);
  const drop = new Path2D("M18 41C11 31 5 24.500 5 16.500a13 13 0 0 1 26 0C31 24.500 25 31 18 41z");
  paint.lineWidth = 2.5;
  paint.strokeStyle = rim;
  paint.fillStyle = colour;
  paint.fill(drop);
  paint.stroke(drop);
  paint.lineCap = "round";
  paint.lineJoin = "round";
  paint.stroke(new Path2D("M11.500 19 18 11l6.500 8M14.500 21.500h7"));
  return paint.canvas;
}
