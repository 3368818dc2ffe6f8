import { known } from "./day";
import { button, h, icon, segments } from "./dom";
import type { Keeper } from "./keeper";
import { areaName, findPlaces, gridAt, locate, type Found } from "./place";
import { mapElement } from "./map_element";
import { t } from "./texts";
import type { ReportDraft } from "./types";

/** Saying where: by the phone's place, by a building or grid, or by a tap on the map; the grid is worked out on the phone. */
export function placeField(keeper: Keeper, body: ReportDraft, isFresh: boolean): { node: HTMLElement; stop: () => void } {
  const shown = h("p.place-shown", { role: "status" });
  const panel = h("div.place-panel");
  let asked = 0;

  const draw = (): void => shown.replaceChildren(...placeWords(body));
  const set = (spot: ReportDraft["spot"], place = ""): void => {
    if (spot) body.spot = spot;
    body.place = place || (spot ? areaName(known.bundle, gridAt(known.bundle, spot.lng, spot.lat)?.[0] ?? "") : "");
    // A place found by itself is no draft yet; it goes along with the first thing somebody enters.
    if (body.way !== "gps" || hasContent(keeper)) keeper.changed();
    draw();
  };
  const find = async (age?: number): Promise<void> => {
    const number = ++asked;
    panel.replaceChildren(h("p.place-busy", { role: "status" }, t("locating")));
    const stillHere = (): boolean => number === asked && body.way === "gps";
    const found = await locate((spot) => stillHere() && set(spot), undefined, age);
    if (!stillHere()) return;
    const again = button(t("locate_again"), "current-location", "btn-lg", () => void find(0));
    if ("spot" in found) {
      set(found.spot);
      panel.replaceChildren(again);
    } else panel.replaceChildren(h("p.field-error", icon("alert-circle", "sm"), t(found.failed === "denied" ? "locate_denied" : "locate_failed")), again);
  };
  const choose = (way: ReportDraft["way"], byHand = true): void => {
    asked += 1;
    body.way = way;
    if (byHand) keeper.changed();
    if (way === "gps") {
      if (byHand || !body.spot) void find();
      else panel.replaceChildren(button(t("locate_again"), "current-location", "btn-lg", () => void find(0)));
    } else if (way === "address") panel.replaceChildren(addressSearch((found) => {
      set({ lng: found.lng, lat: found.lat }, found.title);
      if (found.address && !body.address) fillAddress(panel, body, found.address);
    }));
    else void showMap(panel, body, (lng, lat) => set({ lng, lat }));
  };
  const ways = segments(t("where"), [
    ["gps", t("by_gps"), "current-location"], ["address", t("by_address"), "building"], ["map", t("by_map"), "map-2"],
  ], body.way, (way) => choose(way));
  draw();
  if (isFresh || body.spot || body.way !== "gps") choose(body.way, false);
  else void find();
  return { node: h("div.place-field", ways, shown, panel), stop: () => (asked += 1) };
}

function hasContent({ item }: Keeper): boolean {
  return item.body.kind === "report" && Boolean(item.body.category || item.body.text || item.body.address || item.photos.length);
}

function placeWords(body: ReportDraft): (Node | string)[] {
  if (!body.spot) return [];
  const grid = gridAt(known.bundle, body.spot.lng, body.spot.lat);
  const name = grid ? areaName(known.bundle, grid[0]) : t("outside");
  const words = [icon(grid ? "map-pin" : "alert-triangle"), h("strong", name)];
  if (body.way === "address" && body.place && body.place !== name) words.push(h("span", body.place));
  if (body.way === "gps" && body.spot.accuracy !== undefined) words.push(h("span.place-accuracy", t("accuracy", body.spot.accuracy)));
  return words;
}

function fillAddress(near: HTMLElement, body: ReportDraft, address: string): void {
  body.address = address;
  const input = near.closest("form")?.querySelector<HTMLInputElement>("[name=address]");
  if (input) input.value = address;
}

function addressSearch(onpick: (found: Found) => void): HTMLElement {
  const list = h("ul.pick-list");
  const input = h("input.form-control.form-control-lg", {
    type: "search", autocomplete: "off", "aria-label": t("address_search"), placeholder: t("address_search"), enterkeyhint: "search",
    oninput: () => {
      const found = findPlaces(known.bundle, input.value);
      list.replaceChildren(...found.map((one) => h("li", h("button.pick", { type: "button", onclick: () => {
        onpick(one);
        list.replaceChildren();
        input.value = one.title;
      } }, h("strong", one.title), h("span", one.text)))));
    },
    onkeydown: (event) => (event as KeyboardEvent).key === "Enter" && event.preventDefault(),
  });
  return h("div", input, list);
}

async function showMap(panel: HTMLElement, body: ReportDraft, onpick: (lng: number, lat: number) => void): Promise<void> {
  panel.replaceChildren(h("p.place-busy", { role: "status" }, t("map_loading")));
  const map = await mapElement({ pick: true, ...(body.spot ? { centre: body.spot } : {}) });
  if (body.way !== "map") return;
  if (!map) {
    panel.replaceChildren(h("p.field-error", icon("alert-circle", "sm"), t("map_missing")));
    return;
  }
  map.addEventListener("linli:picked", (event) => {
    const { lng, lat } = (event as CustomEvent<{ lng: number; lat: number }>).detail;
    onpick(Math.round(lng * 1e6) / 1e6, Math.round(lat * 1e6) / 1e6);
  });
  panel.replaceChildren(h("p.field-help", t("map_pin")), map);
}
