import { describe, expect, it } from "vitest";
import { parsePlace } from "../src/map/place";
import { groupRadius, shares } from "../src/map/shares";

describe("places", () => {
  it("reads longitude and latitude", () => expect(parsePlace("110.25,30.65")).toEqual([110.25, 30.65]));
  it.each(["", "110.25", "x,y", "200,10", "10,89", "0,0"])("refuses %j", (text) => expect(parsePlace(text)).toBeNull());
});

describe("groups of points", () => {
  it("puts the worst light first and leaves none out", () => {
    const lights = [...Array<"green">(98).fill("green"), "red" as const, "grey" as const];
    expect(shares(lights)).toEqual([["red", 1], ["green", 12], ["grey", 1]]);
  });
  it("grows slowly", () => {
    expect(groupRadius(2)).toBeLessThan(groupRadius(50));
    expect(groupRadius(100_000)).toBe(27);
  });
});
