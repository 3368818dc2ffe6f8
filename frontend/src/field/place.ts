import { pick } from "./texts";
import type { AreaRow, BuildingRow, Bundle, Ring, Spot } from "./types";

/** Where a point lies, worked out on the phone from the polygons it keeps; distances; finding buildings. */
export type Grid = { code: string; name: string };

export function inRing([lng, lat]: [number, number], ring: Ring): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [[x1, y1], [x2, y2]] = [ring[i] as [number, number], ring[j] as [number, number]];
    if (y1 > lat !== y2 > lat && lng < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

const polygonsOf = (row: AreaRow): Ring[][] => {
  const coordinates = row[4];
  if (!coordinates?.length) return [];
  return typeof (coordinates as Ring[])[0]?.[0]?.[0] === "number" ? [coordinates as Ring[]] : (coordinates as Ring[][]);
};

const holds = (row: AreaRow, at: [number, number]): boolean =>
  polygonsOf(row).some(([outer, ...holes]) => outer && inRing(at, outer) && !holes.some((hole) => inRing(at, hole)));

/** The grid that covers the point, as the server would find it; undefined outside the street. */
export function gridAt(bundle: Bundle | undefined, lng: number, lat: number): AreaRow | undefined {
  return bundle?.places.areas.find((row) => row[1] === "grid" && holds(row, [lng, lat]));
}

export function areaName(bundle: Bundle | undefined, code: string): string {
  const find = (part: string): AreaRow | undefined => bundle?.places.areas.find((row) => row[0] === part);
  const [community = "", grid = ""] = [code.slice(0, 12), code.length > 12 ? code.slice(0, 15) : ""].map((part) => {
    const row = part ? find(part) : undefined;
    return row ? pick([row[2], row[3]]) : "";
  });
  const isNamedAfterIt = grid.includes(community) || (grid.includes(" ") && grid.split(" ")[0] === community.split(" ")[0]);
  return isNamedAfterIt ? grid || community : [community, grid].filter(Boolean).join(" ");
}

/** An address without what every address of the street begins with. */
export function shortAddress(bundle: Bundle | undefined, address: string): string {
  const street = bundle?.places.areas.find((row) => row[1] === "street")?.[2] ?? "";
  const at = street ? address.indexOf(street) : -1;
  return at >= 0 && at + street.length < address.length ? address.slice(at + street.length) : address;
}

/** Where a case is, in few words. */
export const placeOf = (bundle: Bundle | undefined, row: { area: string; address: string }): string =>
  [areaName(bundle, row.area), shortAddress(bundle, row.address)].filter(Boolean).join(" · ");

/** A point inside an area: the middle of its box, or of its longest inner stretch at that height. */
export function middleOf(row: AreaRow): { lng: number; lat: number } | undefined {
  const outer = polygonsOf(row)[0]?.[0];
  if (!outer) return undefined;
  const ys = outer.map(([, y]) => y);
  const lat = (Math.min(...ys) + Math.max(...ys)) / 2;
  const cuts: number[] = [];
  outer.forEach(([x1, y1], i) => {
    const [x2, y2] = outer[(i + 1) % outer.length] as [number, number];
    if (y1 > lat !== y2 > lat) cuts.push(((x2 - x1) * (lat - y1)) / (y2 - y1) + x1);
  });
  cuts.sort((a, b) => a - b);
  let best: [number, number] = [cuts[0] ?? 0, cuts[1] ?? 0];
  for (let i = 0; i + 1 < cuts.length; i += 2) {
    const pair: [number, number] = [cuts[i] as number, cuts[i + 1] as number];
    if (pair[1] - pair[0] > best[1] - best[0]) best = pair;
  }
  return { lng: (best[0] + best[1]) / 2, lat };
}

export function metresBetween(a: { lng: number; lat: number }, b: { lng: number; lat: number }): number {
  const rad = Math.PI / 180;
  const x = (b.lng - a.lng) * rad * Math.cos(((a.lat + b.lat) / 2) * rad);
  return Math.hypot(x, (b.lat - a.lat) * rad) * 6_371_009;
}

export type Found = { key: string; title: string; text: string; lng: number; lat: number; address: string };

const letters = (text: string): string => text.toLowerCase().replace(/[\s,，、号幢栋楼#-]/g, "");

/** Buildings and grids whose name, number or address has every word typed; at most `most`. */
export function findPlaces(bundle: Bundle | undefined, typed: string, most = 12): Found[] {
  const words = typed.trim().split(/\s+/).map(letters).filter(Boolean);
  if (!bundle || !words.length) return [];
  const fits = (text: string): boolean => words.every((word) => letters(text).includes(word));
  const grids = bundle.places.areas.filter((row) => row[1] === "grid" && fits(`${row[2]} ${row[3]}`)).slice(0, 4).flatMap((row) => {
    const middle = middleOf(row);
    return middle ? [{ key: row[0], title: pick([row[2], row[3]]), text: areaName(bundle, row[0].slice(0, 12)), ...middle, address: "" }] : [];
  });
  const exact = (row: BuildingRow): number => (words.some((word) => word === row[6]) || words.some((word) => word.endsWith(row[6]) && letters(row[4]).startsWith(word.slice(0, -row[6].length) || "?")) ? 0 : 1);
  const buildings = bundle.places.buildings
    .filter((row) => fits(`${row[4]}${row[6]} ${row[5]} ${row[6]} ${row[7]} ${row[8]}`))
    .sort((a, b) => exact(a) - exact(b) || a[6].length - b[6].length)
    .slice(0, most)
    .map((row) => ({ key: row[0], title: pick([`${row[4]} ${row[6]}幢`, `${row[5]}, block ${row[6]}`]), text: pick([row[7], row[8]]), lng: row[2], lat: row[3], address: pick([`${row[4]}${row[6]}幢`, `${row[5]}, block ${row[6]}`]) }));
  return [...grids, ...buildings].slice(0, most);
}

// --- the phone's own place ---

export type Located = { spot: Spot } | { failed: "denied" | "failed" };
const GOOD_ENOUGH = 15;

/** The phone's place: the best fix within the time, earlier when it is good. `better` hears of each; `age` is how old one may be. */
export function locate(better?: (spot: Spot) => void, time = 12_000, age = 15_000): Promise<Located> {
  if (!navigator.geolocation) return Promise.resolve({ failed: "failed" });
  return new Promise((resolve) => {
    let best: Spot | undefined;
    const end = (failed: "denied" | "failed"): void => {
      clearTimeout(timer);
      navigator.geolocation.clearWatch(watch);
      resolve(best ? { spot: best } : { failed });
    };
    const timer = setTimeout(() => end("failed"), time);
    const watch = navigator.geolocation.watchPosition(
      ({ coords }) => {
        const spot = { lng: round6(coords.longitude), lat: round6(coords.latitude), accuracy: Math.round(coords.accuracy) };
        if (!best || spot.accuracy < (best.accuracy ?? Number.POSITIVE_INFINITY)) {
          best = spot;
          better?.(spot);
        }
        if (spot.accuracy <= GOOD_ENOUGH) end("failed");
      },
      (failure) => end(failure.code === failure.PERMISSION_DENIED ? "denied" : "failed"),
      { enableHighAccuracy: true, timeout: time, maximumAge: age },
    );
  });
}

const round6 = (value: number): number => Math.round(value * 1e6) / 1e6;
