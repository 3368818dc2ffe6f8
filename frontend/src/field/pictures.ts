import { call, type Away, type Problem } from "./api";
import { pictureBytes, save } from "./items";
import type { Answer, Item, Picture } from "./types";

/** Pictures travel apart from their item, in pieces, and go on where they stopped. Pieces grow while the line is quick. */
const SMALLEST = 16 * 1024;
const LARGEST = 512 * 1024;
const QUICK = 1500;
const MOST_RESTARTS = 2;
let piece = 64 * 1024;

export type PieceAnswer = Answer & { received: number; photo: string | null; missing?: string[] };
export type Sent = { away: Away } | { problem: Problem } | { answer: PieceAnswer };

/** The next piece: from where to where. */
export const nextPiece = (from: number, size: number, length: number): [number, number] => [from, Math.min(size, from + length)];

/** Sends what the server does not have yet of a picture; the item's progress is kept after each piece. */
export async function sendPicture(item: Item, picture: Picture): Promise<Sent | "gone"> {
  const data = await pictureBytes(picture);
  if (!data) return "gone";
  let restarts = 0;
  for (;;) {
    const [start, end] = nextPiece(picture.received, picture.size, piece);
    const began = Date.now();
    const path = `photos/${item.id}/${picture.sha256}?offset=${start}&size=${picture.size}`;
    const reply = await call<PieceAnswer>(path, { method: "PUT", body: data.subarray(start, end), timeout: 60_000 });
    if (reply.ok) {
      if (Date.now() - began < QUICK) piece = Math.min(LARGEST, piece * 2);
      picture.received = reply.data.received;
      picture.arrived = Boolean(reply.data.photo);
      await save(item, ["sending"]);
      if (picture.arrived) return { answer: reply.data };
      continue;
    }
    piece = Math.max(SMALLEST, piece / 2);
    if ("away" in reply) return { away: reply.away };
    const goOn = startAgain(reply.problem);
    if (goOn === undefined || (goOn === 0 && ++restarts > MOST_RESTARTS)) return { problem: reply.problem };
    picture.received = goOn;
  }
}

/** From where the server wants the picture to go on; undefined when it does not want it at all. */
export function startAgain(problem: Problem): number | undefined {
  if (problem.code === "piece_missing") return Number(problem.data.received ?? 0);
  return problem.code === "content_differs" || problem.code === "piece_cut" ? 0 : undefined;
}
