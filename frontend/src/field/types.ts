/** What the app keeps and exchanges. Names follow the server's. */
import type { Pair } from "./texts";

export type State = "draft" | "ready" | "sending" | "sent" | "refused" | "quarantined";
export type Verb = "pre_check" | "verify_pass" | "verify_fail" | "urge" | "note" | "clock_in" | "clock_out";
export type Spot = { lng: number; lat: number; accuracy?: number };

/** A picture of an item: its bytes lie apart, sealed. `received` counts bytes the server has. */
export type Picture = { key: string; sha256: string; size: number; received: number; arrived: boolean; refused?: string };

export type ReportDraft = {
  kind: "report";
  category: string;
  text: string;
  address: string;
  way: "gps" | "address" | "map";
  spot?: Spot;
  place?: string;
};
export type StepDraft = { kind: "step"; verb: Verb | ""; case: string; title: string; text: string; found?: boolean };
export type DutyDraft = { kind: "duty"; verb: "clock_in" | "clock_out"; of?: string };
export type Draft = ReportDraft | StepDraft | DutyDraft;

export type Reason = { code: string; message: string; field?: string; state?: string };
export type Answer = { reference?: string; case?: string; stage?: string };

/** A piece of work: a report, a step on a case, a clocking. `payload` is what travels, frozen with the first byte. */
export type Item = {
  id: string;
  account: string;
  state: State;
  created: number;
  updated: number;
  deviceAt?: string;
  spot?: Spot;
  payload?: Record<string, unknown>;
  body: Draft;
  photos: Picture[];
  tries: number;
  nextTry: number;
  reason?: Reason;
  answer?: Answer;
};

export type CaseRow = {
  id: string;
  reference: string;
  version: number;
  stage: string;
  queue: string;
  category: string;
  level: string;
  text: string;
  address: string;
  lng: number;
  lat: number;
  area: string;
  reported_at: string;
  due_at: string | null;
  step_due_at: string | null;
  light: string;
  unit: Pair | null;
  answer: string;
  result: string;
  words: string;
  rework: number;
  urged: number;
  is_open: boolean;
  photos: { id: string; side: "before" | "after" }[];
};

export type Day = {
  now: number;
  made_at: string;
  expires_at: string;
  duty: { id: number; started_at: string; of: string | null } | null;
  cases: Record<string, CaseRow>;
  tasks: string[];
  mine: string[];
  near: string[];
};

export type User = {
  id: string;
  name: string;
  role: Pair;
  body: Pair;
  place: Pair;
  area: string;
  post: number | null;
  rights: string[];
};

export type Ring = [number, number][];
export type AreaRow = [code: string, level: string, zh: string, en: string, coordinates: Ring[] | Ring[][] | null];
export type BuildingRow = [
  code: string, grid: string, lng: number, lat: number, estateZh: string, estateEn: string, number: string, addressZh: string, addressEn: string,
];
export type CategoryRow = [code: string, zh: string, en: string, wordsZh: string, wordsEn: string, icon: string];

export type Bundle = {
  tag: string;
  catalogue: { majors: [string, string, string, string][]; categories: CategoryRow[]; labels: Record<string, Pair> };
  places: { street: string; areas: AreaRow[]; buildings: BuildingRow[] };
};
