import type { Light } from "./lamps";

/** Colours of the drawn town. Three sheets of paper: day, night, and the wall screen. */
export type Palette = {
  ground: string; block: string; blockLine: string; park: string; parkMark: string; water: string; waterLine: string; waterMark: string;
  square: string; school: string; hospital: string; market: string; station: string; building: string; buildingLine: string;
  road: string; roadCase: string; lane: string; laneCase: string; rail: string; railGap: string; bridgeCase: string;
  text: string; textQuiet: string; textWater: string; textPark: string; halo: string;
  area: string; areaQuiet: string; areaStrong: string; areaFill: string; areaText: string;
  pin: string; rim: string; groupGround: string; groupText: string;
  lights: Record<Light, string>;
};

const DAY: Palette = {
  ground: "#f4f2ec", block: "#edeae1", blockLine: "#e0dccf", park: "#d7e6cd", parkMark: "#bcd3ae", water: "#c3dbe2", waterLine: "#a9c8d2", waterMark: "#aecbd5",
  square: "#efe8d8", school: "#f4e4c6", hospital: "#f6dcd6", market: "#f3e0cf", station: "#cfe4da", building: "#d9d4c6", buildingLine: "#bfb8a6",
  road: "#fff8e6", roadCase: "#d8caa3", lane: "#ffffff", laneCase: "#dcd8cc", rail: "#8b8f8c", railGap: "#f4f2ec", bridgeCase: "#a49874",
  text: "#3a4442", textQuiet: "#5f6864", textWater: "#36626f", textPark: "#3e5f3a", halo: "#fbfaf6",
  area: "rgba(23,105,90,0.42)", areaQuiet: "rgba(23,105,90,0.26)", areaStrong: "#a8481f", areaFill: "rgba(23,105,90,0.05)", areaText: "#0f5347",
  pin: "#a8481f", rim: "#ffffff", groupGround: "#fffffe", groupText: "#1b2a29",
  lights: { green: "#23834f", yellow: "#c98a00", red: "#c5372e", grey: "#6d7b78", violet: "#7c4fc0", done: "#8a9794", none: "#2d78b0" },
};

const NIGHT: Palette = {
  ...DAY,
  ground: "#17211f", block: "#1c2826", blockLine: "#253331", park: "#1d3228", parkMark: "#2a4536", water: "#18323b", waterLine: "#26495478", waterMark: "#234550",
  square: "#26302c", school: "#33301f", hospital: "#38272a", market: "#352b22", station: "#1e3a33", building: "#2a3735", buildingLine: "#3a4a47",
  road: "#3d4a44", roadCase: "#232f2c", lane: "#303d3a", laneCase: "#1f2a28", rail: "#6d7774", railGap: "#17211f", bridgeCase: "#5c6a63",
  text: "#d0dad5", textQuiet: "#a3b1ab", textWater: "#9cc4d0", textPark: "#a5c9a0", halo: "#131c1a",
  area: "rgba(108,199,175,0.42)", areaQuiet: "rgba(108,199,175,0.24)", areaStrong: "#eda071", areaFill: "rgba(108,199,175,0.06)", areaText: "#8bd8c3",
  pin: "#eda071", rim: "#10191a", groupGround: "#1c2a29", groupText: "#eef4f0",
  lights: { green: "#4bb479", yellow: "#e0a82e", red: "#ee6a5f", grey: "#8b9996", violet: "#a67ee0", done: "#72817d", none: "#5aa3d8" },
};

const SCREEN: Palette = {
  ...NIGHT,
  ground: "#0c1817", block: "#112220", blockLine: "#173029", park: "#12291f", parkMark: "#1b3a2b", water: "#0f2a33", waterLine: "#1c4450", waterMark: "#184049",
  square: "#172723", school: "#26271a", hospital: "#2a1f22", market: "#27211b", station: "#15302a", building: "#1a2c29", buildingLine: "#26403b",
  road: "#27403a", roadCase: "#12211f", lane: "#1b2f2b", laneCase: "#101d1b", rail: "#56635f", railGap: "#0c1817", bridgeCase: "#42584f",
  text: "#bfd2ca", textQuiet: "#8fa69d", halo: "#0a1413", area: "rgba(79,179,154,0.34)", areaQuiet: "rgba(79,179,154,0.18)", areaFill: "rgba(79,179,154,0.05)", rim: "#0a1413", groupGround: "#10231f",
};

export function palette(name: string | undefined): Palette {
  if (name === "screen") return SCREEN;
  return document.documentElement.dataset.bsTheme === "dark" ? NIGHT : DAY;
}
