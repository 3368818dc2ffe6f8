import type Feature from "ol/Feature";
import type { FeatureLike } from "ol/Feature";
import GeoJSON from "ol/format/GeoJSON";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Fill, Stroke, Style, Text } from "ol/style";
import type { StyleFunction } from "ol/style/Style";
import type { Palette } from "./palette";

/** The town itself: grounds, water, roads with casing, buildings with their numbers, and names that do not collide. */
const GROUNDS = ["estate", "school", "hospital", "market", "station", "square", "park"] as const;
const FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",system-ui,sans-serif';
/** Metres a pixel above which a kind is left out, and above which its name is. */
const SHOWN: Record<string, [number, number]> = {
  river: [1e9, 60], lake: [1e9, 14], park: [1e9, 5], square: [30, 2.2], road_main: [1e9, 12], road_minor: [18, 2.4], railway: [60, 6],
  bridge: [60, 3], estate: [1e9, 5.5], school: [1e9, 4.5], hospital: [1e9, 9], market: [30, 3.5], station: [30, 4], building: [5, 1.1],
};
const ORDER: Record<string, number> = {
  estate: 1, school: 2, hospital: 2, market: 2, station: 3, square: 3, park: 4, river: 5, lake: 5, road_minor: 10, road_main: 12, railway: 16, bridge: 18, building: 30,
};

/** A small repeated drawing as a fill: waves on water, trees in parks. */
function pattern(ground: string, mark: string, path: string, size: number): CanvasPattern | string {
  const canvas = document.createElement("canvas");
  const scale = window.devicePixelRatio > 1 ? 2 : 1;
  canvas.width = canvas.height = size * scale;
  const paint = canvas.getContext("2d");
  if (!paint) return ground;
  paint.scale(scale, scale);
  paint.fillStyle = ground;
  paint.fillRect(0, 0, size, size);
  paint.strokeStyle = mark;
  paint.lineWidth = 1.2;
  paint.lineCap = "round";
  paint.stroke(new Path2D(path));
  return paint.createPattern(canvas, "repeat") ?? ground;
}

/** Width of a road in pixels at a resolution: true metres close up, never thinner than a hair. */
function roadWidth(metres: number, resolution: number, least: number): number {
  return Math.min(26, Math.max(least, metres / resolution));
}

function groundStyle(fill: string | CanvasPattern, line: string, order: number): Style {
  return new Style({ fill: new Fill({ color: fill }), stroke: new Stroke({ color: line, width: 1 }), zIndex: order });
}

function lineStyles(kind: string, resolution: number, colours: Palette): Style[] {
  const order = ORDER[kind] ?? 10;
  if (kind === "railway")
    return [
      new Style({ stroke: new Stroke({ color: colours.rail, width: 3.2 }), zIndex: order }),
      new Style({ stroke: new Stroke({ color: colours.railGap, width: 1.6, lineDash: [9, 9], lineCap: "butt" }), zIndex: order + 1 }),
    ];
  const isMain = kind !== "road_minor";
  const width = roadWidth(isMain ? 17 : 7.5, resolution, isMain ? 2.4 : 0.9);
  const edge = kind === "bridge" ? colours.bridgeCase : isMain ? colours.roadCase : colours.laneCase;
  const cap = kind === "bridge" ? "butt" : "round";
  return [
    new Style({ stroke: new Stroke({ color: edge, width: width + (kind === "bridge" ? 4 : 2), lineCap: cap }), zIndex: kind === "bridge" ? order : 9 }),
    new Style({ stroke: new Stroke({ color: isMain ? colours.road : colours.lane, width, lineCap: cap }), zIndex: order + 1 }),
  ];
}

/** Styles of the drawing; kept per kind and zoom step, because two thousand things share a few dozen looks. */
export function drawingStyle(colours: Palette): StyleFunction {
  const kept = new Map<string, Style[]>();
  const water = pattern(colours.water, colours.waterMark, "M6 12c3-3 6-3 9 0s6 3 9 0M26 34c3-3 6-3 9 0s6 3 9 0", 48);
  const park = pattern(colours.park, colours.parkMark, "M9 13v-5M6.500 8a2.500 3 0 1 1 5 0M27 30v-5M24.500 25a2.500 3 0 1 1 5 0", 36);
  const fills: Record<string, string | CanvasPattern> = {
    estate: colours.block, school: colours.school, hospital: colours.hospital, market: colours.market, station: colours.station,
    square: colours.square, park, river: water, lake: water, building: colours.building,
  };
  return (feature, resolution) => {
    const kind = String(feature.get("kind"));
    if (resolution > (SHOWN[kind]?.[0] ?? 0)) return [];
    const step = Math.round(Math.log2(resolution) * 2);
    const key = `${kind}|${step}`;
    let styles = kept.get(key);
    if (!styles) {
      const fill = fills[kind];
      const line = kind === "building" ? colours.buildingLine : kind === "river" || kind === "lake" ? colours.waterLine : colours.blockLine;
      styles = fill ? [groundStyle(fill, line, ORDER[kind] ?? 1)] : lineStyles(kind, 2 ** (step / 2), colours);
      kept.set(key, styles);
    }
    return styles;
  };
}

function textColour(kind: string, colours: Palette): string {
  if (kind === "river" || kind === "lake") return colours.textWater;
  if (kind === "park") return colours.textPark;
  return GROUNDS.includes(kind as (typeof GROUNDS)[number]) ? colours.text : colours.textQuiet;
}

/** Names and house numbers. Roads carry theirs along the line. */
export function namesStyle(colours: Palette, chinese: boolean): StyleFunction {
  const kept = new Map<string, Style>();
  return (feature: FeatureLike, resolution: number) => {
    const kind = String(feature.get("kind"));
    if (resolution > (SHOWN[kind]?.[1] ?? 0)) return undefined;
    const name = String((chinese ? feature.get("name_zh") : feature.get("name_en")) || feature.get("name_zh") || "");
    // A numbered building shows its number: the estate's name already stands beside it.
    const words = kind === "building" ? String(feature.get("number") || name) : name;
    if (!words) return undefined;
    const key = `${kind}|${words}`;
    const known = kept.get(key);
    if (known) return known;
    const along = ["road_main", "road_minor", "river", "railway", "bridge"].includes(kind) && feature.getGeometry()?.getType() === "LineString";
    const size = kind === "hospital" || kind === "road_main" || kind === "estate" ? 13 : kind === "building" ? 11 : 12;
    const style = new Style({
      text: new Text({
        text: words,
        font: `${kind === "river" || kind === "lake" ? "italic " : ""}${kind === "estate" || kind === "hospital" ? "500 " : ""}${size}px ${FONT}`,
        placement: along ? "line" : "point",
        maxAngle: 0.5,
        overflow: kind !== "building",
        fill: new Fill({ color: textColour(kind, colours) }),
        stroke: new Stroke({ color: colours.halo, width: kind === "building" ? 2 : 3 }),
        padding: along ? [2, 12, 2, 12] : [2, 6, 2, 6],
        ...(along ? { repeat: 420 } : {}),
      }),
      zIndex: kind === "river" || kind === "hospital" ? 50 : kind === "estate" ? 40 : kind === "building" ? 5 : 20,
    });
    kept.set(key, style);
    return style;
  };
}

export function sketchLayers(source: VectorSource): [VectorLayer, VectorLayer] {
  const drawing = new VectorLayer({ source, renderBuffer: 60, zIndex: 1 });
  const names = new VectorLayer({ source, declutter: "names", renderBuffer: 60, zIndex: 20 });
  return [drawing, names];
}

/** Reads GeoJSON in longitude and latitude as features of the map's projection. */
export function readFeatures(data: unknown): Feature[] {
  return new GeoJSON().readFeatures(data, { dataProjection: "EPSG:4326", featureProjection: "EPSG:3857" });
}
