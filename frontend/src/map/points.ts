import Feature from "ol/Feature";
import type { FeatureLike } from "ol/Feature";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import { fromLonLat } from "ol/proj";
import Cluster from "ol/source/Cluster";
import VectorSource from "ol/source/Vector";
import { Fill, Icon, Style, Text } from "ol/style";
import type { StyleFunction } from "ol/style/Style";
import { LIGHTS, asLight, groupPicture, lampPicture, type Light } from "./lamps";
import { groupRadius, shares } from "./shares";
import type { Palette } from "./palette";

/** Reports on the map: lamps when there is room, rings with a number when there is not. */
export type Row = [number, number, string?, string?, string?, string?, number?];
export type Place = { light: Light; stage: string; reference: string; category: string; count: number };

const FONT = '"DIN Alternate","Bahnschrift",system-ui,"Noto Sans CJK SC",sans-serif';
/** Closer than this many metres a pixel nothing is grouped any more, unless it lies on the very same spot. */
export const UNGROUPED_BELOW = 0.9;

export function readRows(rows: Row[]): Feature[] {
  const features: Feature[] = [];
  for (const [lng, lat, light, stage, reference, category, count] of rows) {
    if (!Number.isFinite(lng) || !Number.isFinite(lat)) continue;
    const feature = new Feature(new Point(fromLonLat([lng, lat])));
    feature.set("place", {
      light: asLight(light), stage: stage ?? "", reference: reference ?? "", category: category ?? "", count: count ?? 0,
    } satisfies Place, true);
    features.push(feature);
  }
  return features;
}

export const placeOf = (feature: FeatureLike): Place => feature.get("place") as Place;
export const membersOf = (feature: FeatureLike): Feature[] => (feature.get("features") as Feature[] | undefined) ?? [feature as Feature];

function groupStyle(colours: Palette, kept: Map<string, Style>, members: Feature[]): Style {
  const lights = shares(members.map((member) => placeOf(member).light));
  const radius = groupRadius(members.length);
  const label = members.length > 999 ? `${(members.length / 1000).toFixed(1)}k` : String(members.length);
  const key = `${radius}|${label}|${lights.flat().join(",")}`;
  let style = kept.get(key);
  if (!style) {
    style = new Style({
      image: new Icon({ img: groupPicture(lights, radius, colours.lights, colours.groupGround), scale: 0.5, declutterMode: "none" }),
      text: new Text({ text: label, font: `600 ${radius > 20 ? 14 : 12}px ${FONT}`, fill: new Fill({ color: colours.groupText }), declutterMode: "none", offsetY: 0.5 }),
      zIndex: 200 + members.length,
    });
    kept.set(key, style);
  }
  return style;
}

export function pointsStyle(colours: Palette): StyleFunction {
  const groups = new Map<string, Style>();
  const singles = new Map<Light, Style>();
  return (feature) => {
    const members = membersOf(feature);
    if (members.length > 1) return groupStyle(colours, groups, members);
    const { light } = placeOf(members[0] as Feature);
    let style = singles.get(light);
    if (!style) {
      style = new Style({
        image: new Icon({ img: lampPicture(light, colours.lights[light], colours.rim), scale: 0.5, declutterMode: "none" }),
        zIndex: 100 + (LIGHTS.length - LIGHTS.indexOf(light)),
      });
      singles.set(light, style);
    }
    return style;
  };
}

export function pointsLayer(source: VectorSource): VectorLayer {
  const cluster = new Cluster({ source: source as VectorSource<Feature>, distance: 58, minDistance: 40 });
  return new VectorLayer({ source: cluster as unknown as VectorSource, zIndex: 40, renderBuffer: 80 });
}
