import { LIGHTS, type Light } from "./lamps";

/** How a group's lights are shared out, in twelfths so that few pictures are drawn; every light present keeps one. */
export function shares(lights: Light[]): [Light, number][] {
  const counts = new Map<Light, number>();
  for (const light of lights) counts.set(light, (counts.get(light) ?? 0) + 1);
  return LIGHTS.filter((light) => counts.has(light)).map((light) => [
    light,
    Math.max(1, Math.round((12 * (counts.get(light) ?? 0)) / lights.length)),
  ]);
}

export const groupRadius = (size: number): number => Math.round(Math.min(27, 11 + 6 * Math.log10(size)));
