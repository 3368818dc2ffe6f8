import { describe, expect, it } from "vitest";
import { nextPiece, startAgain } from "../../src/field/pictures";
import { backoff, dueItems } from "../../src/field/sending";
import { cacheName, isGenuine, isOurs, way, type Told } from "../../src/field/keeping";
import { lacking } from "../../src/field/screens/case";
import { missing } from "../../src/field/screens/report";
import type { Item, ReportDraft, State, StepDraft } from "../../src/field/types";

const item = (state: State, nextTry = 0): Item => ({ id: state, account: "a", state, created: 0, updated: 0, body: { kind: "duty", verb: "clock_in" }, photos: [], tries: 0, nextTry });

describe("what is due", () => {
  it("is what is ready and may be tried again, and what a killed browser left half sent", () => {
    const items = [item("draft"), item("ready", 100), item("ready", 900), item("sending", 900), item("sent"), item("refused"), item("quarantined")];
    expect(dueItems(items, 500).map((one) => [one.state, one.nextTry])).toEqual([["ready", 100], ["sending", 900]]);
    expect(dueItems(items, Number.POSITIVE_INFINITY)).toHaveLength(3);
  });
  it("waits longer after each try in vain, but never longer than six minutes", () => {
    const waits = [1, 2, 3, 6, 9, 20].map((tries) => backoff(tries, 0.5));
    expect(waits).toEqual([2000, 4000, 8000, 64_000, 300_000, 300_000]);
    expect(backoff(30, 1)).toBeCloseTo(360_000);
  });
});

describe("pieces of a photo", () => {
  it("go on where the server is", () => {
    expect(nextPiece(0, 100, 64)).toEqual([0, 64]);
    expect(nextPiece(64, 100, 64)).toEqual([64, 100]);
    const problem = (code: string, received?: number) => ({ status: 409, code, message: "", data: received === undefined ? {} : { received } });
    expect(startAgain(problem("piece_missing", 40))).toBe(40);
    expect(startAgain(problem("content_differs"))).toBe(0);
    expect(startAgain(problem("photo_not_a_picture"))).toBeUndefined();
  });
});

describe("what is still missing", () => {
  const report = (changes: Partial<ReportDraft>): ReportDraft => ({ kind: "report", category: "E0506", text: "积水", address: "", way: "gps", spot: { lng: 1, lat: 1 }, ...changes });
  it("in a report", () => {
    expect(missing(report({}))).toEqual([]);
    expect(missing({ kind: "report", category: "", text: "  ", address: "", way: "gps" }).map(([name]) => name)).toEqual(["category", "text", "place"]);
  });
  const step = (changes: Partial<StepDraft>): StepDraft => ({ kind: "step", verb: "", case: "c", title: "", text: "", ...changes });
  it("in a look on the spot", () => {
    const words = (...asked: Parameters<typeof lacking>): string[] => lacking(...asked).map((lack) => lack.join(" "));
    expect(words("pre_check", step({ verb: "pre_check" }), 0)).toEqual(["question missing_found", "words missing_text"]);
    expect(words("pre_check", step({ verb: "pre_check", found: false }), 0)).toEqual(["words missing_text"]);
    expect(words("pre_check", step({ verb: "pre_check", found: false, text: "没有" }), 0)).toEqual([]);
    expect(words("verify", step({}), 1)).toEqual(["question missing_verdict"]);
    expect(words("verify", step({ verb: "verify_pass" }), 0)).toEqual(["photos missing_photo"]);
    expect(words("verify", step({ verb: "verify_pass" }), 1)).toEqual([]);
    expect(words("verify", step({ verb: "verify_fail" }), 1)).toEqual(["words missing_text"]);
  });
});

describe("what the service worker keeps", () => {
  const told: Told = { version: "v1", shell: "/field/", first: ["/static/dist/assets/field-a.js"], later: ["/map/sketch.json"] };
  const answer = (headers: Record<string, string>, more: { ok?: boolean; redirected?: boolean } = {}) => ({ ok: true, redirected: false, headers: new Headers(headers), ...more });
  it("is the shell and the files named, never an answer of the API nor a picture", () => {
    expect(way("/field/", true, told)).toBe("shell");
    expect(way("/static/dist/assets/field-a.js", false, told)).toBe("kept");
    expect(way("/map/sketch.json", false, told)).toBe("kept");
    for (const path of ["/field/api/today", "/field/api/session", "/field/photos/x/small", "/accounts/login/"]) {
      expect(way(path, false, told)).toBe("network");
      expect(way(path, true, told)).toBe("network");
    }
  });
  it("is genuine only: no sign-in page of a Wi-Fi, no other version's shell", () => {
    expect(isGenuine("/field/", answer({ "X-Linli-Shell": "v1", "Content-Type": "text/html" }), told)).toBe(true);
    expect(isGenuine("/field/", answer({ "X-Linli-Shell": "v2" }), told)).toBe(false);
    expect(isGenuine("/field/", answer({ "Content-Type": "text/html" }), told)).toBe(false);
    expect(isGenuine("/static/a.js", answer({ "Content-Type": "text/html" }), told)).toBe(false);
    expect(isGenuine("/static/a.js", answer({ "Content-Type": "text/javascript" }), told)).toBe(true);
    expect(isGenuine("/static/a.js", answer({ "Content-Type": "text/javascript" }, { redirected: true }), told)).toBe(false);
  });
  it("is named by the version", () => {
    expect(isOurs(cacheName("v1"))).toBe(true);
    expect(isOurs("another")).toBe(false);
  });
});
