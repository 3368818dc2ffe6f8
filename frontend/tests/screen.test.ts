import { describe, expect, it } from "vitest";
import { roof } from "../src/screen/draw";

describe("scale of the hours", () => {
  it("is the next round number that nothing exceeds", () => {
    expect([0, 1, 2, 3, 5, 7, 10, 11, 21, 120, 2001].map(roof)).toEqual([2, 2, 2, 5, 5, 10, 10, 20, 50, 200, 5000]);
  });
});
