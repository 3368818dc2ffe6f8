import { session } from "./session";
import type { CaseRow } from "./types";
import { named, t } from "./texts";
import { known } from "./day";
import { categoryName } from "./catalogue";
import { h } from "./dom";

/** The town map as an element: the same island as everywhere, fed with what the phone has. Undefined if it is not here yet. */
export async function mapElement(wish: { pick?: boolean; centre?: { lng: number; lat: number }; cases?: CaseRow[] }): Promise<HTMLElement | undefined> {
  try {
    await import("../map/map");
  } catch {
    return undefined;
  }
  const { sketch, areas } = document.querySelector<HTMLElement>("linli-field")?.dataset ?? {};
  const map = h("linli-map.map", { "data-sketch-src": sketch ?? "", "data-areas-src": areas ?? "", "data-area": session.user?.area ?? "" });
  if (wish.pick) map.setAttribute("data-pick", "");
  if (wish.centre) map.setAttribute("data-point", `${wish.centre.lng},${wish.centre.lat}`);
  if (wish.cases) {
    map.classList.add("map-tall");
    map.setAttribute("data-points", "field-points");
    const rows = wish.cases.map((row) => [row.lng, row.lat, row.light, named("stage", row.stage), row.reference, categoryName(known.bundle, row.category), 1]);
    map.append(h("p", t("map_loading")));
    document.getElementById("field-points")?.remove();
    const data = h("script", { type: "application/json", id: "field-points" });
    data.textContent = JSON.stringify(rows);
    document.body.append(data);
  }
  return map;
}
