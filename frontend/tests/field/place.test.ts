import { beforeAll, describe, expect, it } from "vitest";
import { areaName, findPlaces, gridAt, inRing, metresBetween, middleOf, placeOf } from "../../src/field/place";
import { fitness, searchCategories } from "../../src/field/catalogue";
import type { AreaRow, Bundle, CategoryRow, Ring } from "../../src/field/types";

const square = (west: number, south: number, size = 1): Ring => [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]];
const U_SHAPE: Ring = [[0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3], [0, 0]];
const bundle = {
  places: {
    street: "990101001",
    areas: [
      ["990101001", "street", "清河街道", "Qinghe Street", null],
      ["990101001003", "community", "石榴社区", "Shiliu Community", null],
      ["990101001003001", "grid", "石榴社区第01网格", "Shiliu Grid 1", [square(0, 0)]],
      ["990101001003002", "grid", "第02网格", "Grid 2", [[square(1, 0), square(1.25, 0.25, 0.5)], [square(5, 5)]]],
    ] as unknown as AreaRow[],
    buildings: [
      ["b1", "990101001003001", 0.1, 0.1, "望月里", "Moon Lane", "14", "石榴街26号望月里14幢", ""],
      ["b2", "990101001003001", 0.2, 0.2, "望月里", "Moon Lane", "4", "石榴街26号望月里4幢", ""],
      ["b3", "990101001003001", 0.3, 0.3, "杏花苑", "Apricot Court", "4", "滨河路3号杏花苑4幢", ""],
    ],
  },
  catalogue: {
    majors: [], labels: {},
    categories: [
      ["C0104", "雨水箅子", "Rain grating", "下水道 箅子", "drain", ""],
      ["E0506", "道路积水", "Flooded road", "积水 内涝 水淹", "flood water", ""],
      ["E0110", "暴露垃圾", "Rubbish in the open", "垃圾 脏", "rubbish", ""],
    ] as CategoryRow[],
  },
} as unknown as Bundle;

beforeAll(() => {
  globalThis.document = { documentElement: { lang: "zh-Hans" } } as unknown as Document;
});

describe("the grid a point lies in", () => {
  it("is found by its polygon, holes and parts included", () => {
    expect(gridAt(bundle, 0.5, 0.5)?.[0]).toBe("990101001003001");
    expect(gridAt(bundle, 1.1, 0.1)?.[0]).toBe("990101001003002");
    expect(gridAt(bundle, 1.5, 0.5)).toBeUndefined(); // in the hole
    expect(gridAt(bundle, 5.5, 5.5)?.[0]).toBe("990101001003002");
    expect(gridAt(bundle, 9, 9)).toBeUndefined();
    expect(gridAt(undefined, 0.5, 0.5)).toBeUndefined();
  });
  it("does not count the gap of a bent shape as inside", () => {
    expect(inRing([1.5, 2], U_SHAPE)).toBe(false);
    expect(inRing([1.5, 0.5], U_SHAPE)).toBe(true);
  });
  it("has a middle that lies inside, whatever its shape", () => {
    for (const ring of [square(0, 0), U_SHAPE]) {
      const middle = middleOf(["x", "grid", "", "", [ring]]);
      expect(middle && inRing([middle.lng, middle.lat], ring)).toBe(true);
    }
  });
  it("is named once", () => {
    expect(areaName(bundle, "990101001003001")).toBe("石榴社区第01网格");
    expect(areaName(bundle, "990101001003002")).toBe("石榴社区 第02网格");
    expect(areaName(bundle, "990101001003")).toBe("石榴社区");
    document.documentElement.lang = "en";
    expect(areaName(bundle, "990101001003001")).toBe("Shiliu Grid 1");
    document.documentElement.lang = "zh-Hans";
  });
  it("needs no address that begins like all others of the street", () => {
    expect(placeOf(bundle, { area: "990101001003001", address: "云溪区清河街道云山路32号" })).toBe("石榴社区第01网格 · 云山路32号");
    expect(placeOf(bundle, { area: "990101001003001", address: "东门岗亭旁" })).toBe("石榴社区第01网格 · 东门岗亭旁");
  });
});

it("distances are those on the ground", () => {
  expect(metresBetween({ lng: 110, lat: 30 }, { lng: 110.01, lat: 30 })).toBeCloseTo(963, -1);
  expect(metresBetween({ lng: 110, lat: 30 }, { lng: 110, lat: 30.01 })).toBeCloseTo(1112, -1);
});

describe("finding a building", () => {
  it.each([["望月里4", ["b2"]], ["望月里 4幢", ["b2", "b1"]], ["杏花苑", ["b3"]], ["moon 14", ["b1"]], ["没有", []], ["", []]])("by “%s”", (typed, keys) => {
    expect(findPlaces(bundle, typed).map((found) => found.key)).toEqual(keys);
  });
  it("or a grid, which stands for its middle", () => {
    const [found] = findPlaces(bundle, "第01网格");
    expect(found?.key).toBe("990101001003001");
    expect(gridAt(bundle, found?.lng ?? 9, found?.lat ?? 9)?.[0]).toBe("990101001003001");
  });
});

describe("finding a category", () => {
  it.each([["积水", "E0506"], ["水淹", "E0506"], ["箅子", "C0104"], ["flood", "E0506"], ["RUBBISH", "E0110"], ["e0506", "E0506"]])("by “%s”", (typed, code) => {
    expect(searchCategories(bundle, typed)[0]?.[0]).toBe(code);
  });
  it("takes every word", () => {
    expect(searchCategories(bundle, "道路 积水").map((row) => row[0])).toEqual(["E0506"]);
    expect(searchCategories(bundle, "道路 垃圾")).toEqual([]);
  });
  it("puts a name that begins so before one that holds it", () => {
    expect(fitness(["X", "积水点", "", "", "", ""], "积水")).toBeGreaterThan(fitness(["X", "道路积水", "", "", "", ""], "积水"));
  });
});
