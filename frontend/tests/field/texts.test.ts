import { beforeAll, describe, expect, it } from "vitest";
import { bytes, distance, named, span, t } from "../../src/field/texts";

const root = { lang: "zh-Hans" };
beforeAll(() => {
  globalThis.document = { documentElement: root } as unknown as Document;
});

describe("words", () => {
  it("come in the page's language, filled in", () => {
    expect(t("unsent", 3)).toBe("3 件待发");
    expect(t("photos_arrived", 3, 4)).toBe("照片已到 3 / 4 张");
    root.lang = "en";
    expect(t("photos_arrived", 3, 4)).toBe("3 of 4 photos arrived");
    root.lang = "zh-Hans";
  });
  it("name every stage, and give a code back that they do not know", () => {
    expect(named("stage", "delivered")).toBe("待核查");
    expect(named("stage", "unheard_of")).toBe("unheard_of");
  });
  it("say spans, lengths and sizes shortly", () => {
    expect([30_000, 59 * 60_000, 5 * 3_600_000, 72 * 3_600_000].map(span)).toEqual(["1 分钟", "59 分钟", "5 小时", "3 天"]);
    expect([84, 996, 1240].map(distance)).toEqual(["80 米", "1000 米", "1.2 公里"]);
    expect([1200, 3_400_000].map(bytes)).toEqual(["1 kB", "3.4 MB"]);
  });
});
