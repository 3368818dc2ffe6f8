/** What `/screen/data.json` says; made by linli/insight/queries/screen.py. */
export type Rate = "in_time" | "solved" | "satisfied";
export type Figures = {
  today: { reported: number; done: number; closed: number; hours: number[]; doors: { door: string; count: number }[] };
  open: { all: number; red: number; violet: number; yellow: number; green: number; grey: number; phases: Record<string, number> };
  rates: Record<Rate | `${Rate}_change` | "score", number | null> & { due: number; late: number; judged: number };
  kinds: { name: string; count: number }[];
  areas: { name: string; score: number | null; in_time: number | null; open: number; late: number }[];
  usual_hours: number[];
  latest: { at: string; area: string; kind: string; stage: string; tone: string }[];
  situations: { name: string; area: string; since: string; reports: number; waiting: number; moving: number; done: number }[];
  points?: unknown[];
};
