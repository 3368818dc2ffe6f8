import { describe, expect, it } from "vitest";
import { fit, ranked } from "../src/portal/kinds";

const lamp = ["路灯", "路灯不亮", "街灯", "street", "lamp", "light", "dark"];
const cover = ["污水井盖", "井盖坏了", "sewer", "cover", "manhole", "lid"];
const road = ["道路破损", "路面坑洼", "damaged", "road", "surface", "pothole"];
const kinds = [road, cover, lamp];
const names = (asked: string): string[] => ranked(kinds, (kind) => kind, asked, 3).map((kind) => kind[0] as string);

describe("kinds by a word", () => {
  it("puts the kind whose name stands in the words first", () => expect(names("路灯坏了")[0]).toBe("路灯"));
  it("finds a kind by part of its name", () => expect(names("井盖")).toEqual(["污水井盖"]));
  it("finds by pairs of signs when nothing fits whole", () => expect(names("路面有坑")[0]).toBe("道路破损"));
  it("knows English, plural and while still typing", () => {
    expect(names("street lamps")[0]).toBe("路灯");
    expect(names("manh")).toEqual(["污水井盖"]);
    expect(names("POTHOLE")).toEqual(["道路破损"]);
  });
  it("finds nothing for nothing, and for what fits nowhere", () => {
    expect(fit(lamp, "")).toBe(0);
    expect(fit(lamp, "  ")).toBe(0);
    expect(names("鑫")).toEqual([]);
    expect(names("zzzz")).toEqual([]);
  });
});
