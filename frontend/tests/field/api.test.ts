import { beforeEach, describe, expect, it } from "vitest";
import { line, measureClock, readAnswer } from "../../src/field/api";

const answer = (body: string, kind: string, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(status === 204 || status === 304 ? null : body, { status, headers: { "Content-Type": kind, ...headers } });

describe("only our own answers are success", () => {
  it("takes JSON that carries our mark", async () => {
    expect(await readAnswer(answer('{"linli":1,"reference":"x"}', "application/json"))).toMatchObject({ ok: true, data: { reference: "x" } });
  });
  it.each([
    ["a sign-in page with 200", '<html lang="zh">', "text/html", 200],
    ["somebody else's JSON", '{"ok":true}', "application/json", 200],
    ["a page with 403", "<html>", "text/html", 403],
    ["nothing at all", "", "text/plain", 200],
  ])("%s is away", async (_name, body, kind, status) => {
    expect(await readAnswer(answer(body, kind, status))).toEqual({ ok: false, away: "portal" });
  });
  it("a failing server is away, and says when to come again", async () => {
    expect(await readAnswer(answer("<html>", "text/html", 502))).toEqual({ ok: false, away: "server" });
    expect(await readAnswer(answer('{"code":"database_away"}', "application/problem+json", 503, { "Retry-After": "5" }))).toEqual({ ok: false, away: "server", retryAfter: 5 });
    expect(await readAnswer(answer('{"code":"too_many"}', "application/problem+json", 429, { "Retry-After": "9" }))).toEqual({ ok: false, away: "server", retryAfter: 9 });
  });
  it("a refusal of ours carries code, words and field", async () => {
    const reply = await readAnswer(answer('{"code":"text_missing","detail":"写几个字","field":"text"}', "application/problem+json", 422));
    expect(reply).toMatchObject({ ok: false, problem: { status: 422, code: "text_missing", message: "写几个字", field: "text" } });
  });
});

describe("the phone's clock", () => {
  beforeEach(() => Object.assign(line, { clockOff: 0, roundTrip: Number.POSITIVE_INFINITY }));
  it("is measured against the middle of the exchange", () => {
    measureClock(1_000_500, 1_000_000 - 100, 1_000_000 + 100);
    expect(line.clockOff).toBe(500);
  });
  it("is not spoilt by a slow exchange after a quick one", () => {
    measureClock(5_000_000, 1_000_000, 1_000_100);
    measureClock(1_000_000, 1_010_000, 1_018_000);
    expect(line.clockOff).toBe(5_000_000 - 1_000_050);
  });
});
