import type { FeatureLike } from "ol/Feature";
import type Feature from "ol/Feature";
import type { Coordinate } from "ol/coordinate";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Fill, Stroke, Style, Text } from "ol/style";
import type { StyleFunction } from "ol/style/Style";
import type { Palette } from "./palette";

/** Borders of streets, communities and grids, thinner the smaller the area, each shown only where it can be read. */
const FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",system-ui,sans-serif';
type Level = "district" | "street" | "community" | "grid" | "micro_grid";
const BY_CODE_LENGTH: Record<number, Level> = { 6: "district", 9: "street", 12: "community", 15: "grid", 17: "micro_grid" };
const LINES: Record<Level, { width: number; dash?: number[]; shown: number; named: [number, number] }> = {
  district: { width: 2.8, shown: 1e9, named: [1e9, 60] },
  street: { width: 2.4, shown: 1e9, named: [60, 16] },
  community: { width: 1.6, shown: 22, named: [14, 2.6] },
  grid: { width: 1.1, shown: 6, named: [2.6, 0.2] },
  micro_grid: { width: 0.8, dash: [1, 3], shown: 2, named: [1, 0.2] },
};

export const levelOf = (feature: FeatureLike): Level =>
  (feature.get("level") as Level | undefined) ?? BY_CODE_LENGTH[String(feature.get("code") ?? "").length] ?? "grid";

export function nameOf(feature: FeatureLike, chinese: boolean): string {
  return String((chinese ? feature.get("name_zh") : feature.get("name_en")) || feature.get("name_zh") || feature.get("name") || "");
}

export function areasStyle(colours: Palette, chinese: boolean, marked: string): StyleFunction {
  const kept = new Map<string, Style>();
  return (feature, resolution) => {
    const level = levelOf(feature);
    const line = LINES[level] ?? LINES.grid;
    const isMarked = marked !== "" && feature.get("code") === marked;
    if (resolution > line.shown && !isMarked) return undefined;
    const [from, to] = line.named;
    const name = resolution <= from && resolution > to ? nameOf(feature, chinese) : "";
    const key = `${level}|${isMarked}|${name}`;
    let style = kept.get(key);
    if (!style) {
      style = makeStyle(colours, line, isMarked, name, level);
      kept.set(key, style);
    }
    return style;
  };
}

function makeStyle(colours: Palette, line: (typeof LINES)[Level], isMarked: boolean, name: string, level: Level): Style {
  const colour = isMarked ? colours.areaStrong : level === "grid" || level === "micro_grid" ? colours.areaQuiet : colours.area;
  return new Style({
    // A fill, if ever so faint, makes the inside answer to the pointer.
    fill: new Fill({ color: isMarked ? colours.areaFill.replace(/[\d.]+\)$/, "0.07)") : "rgba(0,0,0,0.002)" }),
    stroke: new Stroke({ color: colour, width: isMarked ? line.width + 1 : line.width, ...(line.dash && !isMarked ? { lineDash: line.dash } : {}) }),
    zIndex: isMarked ? 90 : 10,
    ...(name
      ? {
          text: new Text({
            text: name,
            font: `600 ${level === "grid" ? 12 : 15}px ${FONT}`,
            fill: new Fill({ color: colours.areaText }),
            stroke: new Stroke({ color: colours.halo, width: 4 }),
            overflow: true,
          }),
        }
      : {}),
  });
}

export function areasLayer(source: VectorSource): VectorLayer {
  return new VectorLayer({ source, declutter: "names", zIndex: 10, renderBuffer: 60 });
}

/** The smallest area that holds the place, if any is drawn. */
export function areaAt(source: VectorSource, place: Coordinate): Feature | null {
  const found = source.getFeaturesAtCoordinate(place) as Feature[];
  const length = (feature: Feature): number => String(feature.get("code") ?? "").length;
  return found.sort((one, other) => length(other) - length(one))[0] ?? null;
}
