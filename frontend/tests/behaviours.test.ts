import { describe, expect, it } from "vitest";
import { pause } from "../src/behaviours/pause";
import { fit } from "../src/behaviours/fit";

describe("polling", () => {
  it("waits twice as long after each failure, up to five minutes", () => {
    expect([0, 1, 2, 9].map((failures) => pause(30, failures))).toEqual([30, 60, 120, 300]);
  });
});

describe("shrinking", () => {
  it("keeps the shape and never enlarges", () => {
    expect(fit(4000, 3000)).toEqual([2048, 1536]);
    expect(fit(3000, 4000)).toEqual([1536, 2048]);
    expect(fit(800, 600)).toEqual([800, 600]);
    expect(fit(10_000, 1)).toEqual([2048, 1]);
  });
});
