/** `<linli-map>`: a drawn map of the town that needs no tiles. Attributes are told in docs/develop/frontend.md. */
import "./map.css";
import type Feature from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import type { FeatureLike } from "ol/Feature";
import { createEmpty, extend, getHeight, getWidth, isEmpty, type Extent } from "ol/extent";
import { defaults as usualInteractions } from "ol/interaction/defaults";
import MouseWheelZoom from "ol/interaction/MouseWheelZoom";
import TileLayer from "ol/layer/Tile";
import type VectorLayer from "ol/layer/Vector";
import { fromLonLat, transformExtent } from "ol/proj";
import VectorSource from "ol/source/Vector";
import XYZ from "ol/source/XYZ";
import { areaAt, areasLayer, areasStyle, nameOf } from "./areas";
import { Card } from "./card";
import { Controls } from "./controls";
import { palette } from "./palette";
import { Pin } from "./picker";
import { parsePlace } from "./place";
import { membersOf, placeOf, pointsLayer, pointsStyle, readRows, UNGROUPED_BELOW, type Row } from "./points";
import { drawingStyle, namesStyle, readFeatures, sketchLayers } from "./sketch";
import { isChinese, say } from "../texts";

const CLOSE = 0.6;
const FAR = 200;
const hoverable = matchMedia("(hover: hover)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class LinliMap extends HTMLElement {
  private map: OlMap | undefined;
  private readonly sketch = new VectorSource();
  private readonly areas = new VectorSource();
  private readonly points = new VectorSource();
  private readonly pin = new Pin();
  private drawing!: VectorLayer;
  private names!: VectorLayer;
  private borders!: VectorLayer;
  private lamps!: VectorLayer;
  private card!: Card;
  private live = document.createElement("p");
  private pinned = false;
  private readonly onTheme = (): void => this.paint();
  private readonly onPlace = (event: Event): void => {
    const { lng, lat } = (event as CustomEvent<{ lng: number; lat: number }>).detail;
    this.moveTo(lng, lat);
  };

  connectedCallback(): void {
    if (this.map) return;
    const canvas = this.frame();
    [this.drawing, this.names] = sketchLayers(this.sketch);
    this.borders = areasLayer(this.areas);
    this.lamps = pointsLayer(this.points);
    this.card = new Card(this.dataset.pointUrl ?? "", this.dataset.by !== "stage");
    this.map = new OlMap({
      target: canvas,
      controls: [],
      interactions: usualInteractions({ mouseWheelZoom: false }).extend([new MouseWheelZoom({ onFocusOnly: !this.classList.contains("map-full") })]),
      layers: [this.drawing, this.borders, this.names, this.lamps, this.pin.layer],
      overlays: [this.card.overlay],
      view: new View({ center: fromLonLat([110.25, 30.65]), resolution: 12, minResolution: CLOSE / 2, maxResolution: FAR }),
    });
    if (this.dataset.tiles) this.addTiles(this.dataset.tiles);
    new Controls(this, canvas, { zoom: (by) => this.zoom(by), whole: () => this.showAll() }).show();
    this.paint();
    this.listen(canvas);
    void this.load();
  }

  disconnectedCallback(): void {
    document.removeEventListener("linli:theme", this.onTheme);
    document.removeEventListener("linli:place", this.onPlace);
    this.map?.setTarget(undefined);
    this.map = undefined;
  }

  /** Loads the points again and redraws them; the view stays. */
  async refresh(): Promise<void> {
    const rows = await this.readPoints();
    if (!rows) return;
    this.points.clear(true);
    this.points.addFeatures(readRows(rows));
    this.dispatchEvent(new CustomEvent("linli:loaded", { bubbles: true, detail: { points: rows.length } }));
  }

  /** Puts the pin (if the map has one) and the view at a place. */
  moveTo(lng: number, lat: number): void {
    const view = this.map?.getView();
    if (!view) return;
    const at = fromLonLat([lng, lat]);
    if (this.picks || this.dataset.point) this.pin.place = at;
    view.setCenter(at);
    if ((view.getResolution() ?? 9) > 1.5) view.setResolution(1.2);
    if (this.picks) this.picked(lng, lat);
  }

  private get picks(): boolean {
    return this.dataset.pick !== undefined;
  }

  private get chinese(): boolean {
    return this.dataset.lang ? this.dataset.lang.startsWith("zh") : isChinese();
  }

  private frame(): HTMLDivElement {
    const fallback = document.createElement("div");
    fallback.className = "map-fallback";
    fallback.append(...this.childNodes);
    const canvas = document.createElement("div");
    canvas.className = "map-canvas";
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", this.dataset.label ?? say(this.picks ? "map_pick_label" : "map_label"));
    this.live.className = "map-live";
    this.live.setAttribute("aria-live", "polite");
    this.append(canvas, this.live, fallback);
    this.classList.add("map-ready");
    return canvas;
  }

  private paint(): void {
    const colours = palette(this.dataset.palette);
    this.map?.getTargetElement()?.style.setProperty("background-color", colours.ground);
    this.drawing.setStyle(drawingStyle(colours));
    this.names.setStyle(namesStyle(colours, this.chinese));
    this.borders.setStyle(areasStyle(colours, this.chinese, this.dataset.area ?? ""));
    this.lamps.setStyle(pointsStyle(colours));
    this.pin.paint(colours);
  }

  private addTiles(url: string): void {
    this.map?.getLayers().insertAt(0, new TileLayer({ source: new XYZ({ url, maxZoom: 18, crossOrigin: "anonymous" }), zIndex: 0 }));
    this.drawing.setVisible(false);
    this.names.setVisible(false);
  }

  private listen(canvas: HTMLElement): void {
    document.addEventListener("linli:theme", this.onTheme);
    this.addEventListener("linli:refresh", () => void this.refresh());
    this.addEventListener("linli:poll", () => void this.refresh());
    if (this.picks) {
      document.addEventListener("linli:place", this.onPlace);
      this.pin.listen(this.map as OlMap, canvas, (lng, lat) => this.picked(lng, lat));
      return;
    }
    this.map?.on("singleclick", (event) => this.press(event.pixel));
    this.map?.on("pointermove", (event) => {
      if (event.dragging || !hoverable.matches) return;
      const found = this.pointAt(event.pixel);
      canvas.classList.toggle("map-over", Boolean(found));
      if (this.pinned) return;
      if (found && membersOf(found).length === 1) this.showCard(found);
      else this.card.hide();
    });
    canvas.addEventListener("keydown", (event) => event.key === "Escape" && this.unpin());
  }

  private pointAt(pixel: number[]): FeatureLike | undefined {
    return this.map?.forEachFeatureAtPixel(pixel, (feature) => feature, { layerFilter: (layer) => layer === this.lamps, hitTolerance: 6 });
  }

  private press(pixel: number[]): void {
    const found = this.pointAt(pixel);
    if (!found) return this.unpin();
    const members = membersOf(found);
    const spread = extentOf(members);
    const isOneSpot = Math.max(getWidth(spread), getHeight(spread)) < 2;
    if (members.length > 1 && !isOneSpot && (this.map?.getView().getResolution() ?? 1) > UNGROUPED_BELOW / 3) {
      this.fit(spread, 90);
      return;
    }
    this.showCard(found);
    this.pinned = true;
    const { reference } = placeOf(members[0] as Feature);
    this.dispatchEvent(new CustomEvent("linli:point", { bubbles: true, detail: { reference } }));
  }

  private showCard(feature: FeatureLike): void {
    const members = membersOf(feature);
    const [x1, , x2, y2] = extentOf(members) as [number, number, number, number];
    this.card.show(members.map(placeOf), [(x1 + x2) / 2, y2]);
  }

  private unpin(): void {
    this.pinned = false;
    this.card.hide();
  }

  private picked(lng: number, lat: number): void {
    for (const [selector, value] of [[this.dataset.lngInput, lng], [this.dataset.latInput, lat]] as const) {
      const input = selector ? document.querySelector<HTMLInputElement>(selector) : null;
      if (!input) continue;
      input.value = value.toFixed(6);
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const area = areaAt(this.areas, fromLonLat([lng, lat]));
    const name = area ? nameOf(area, this.chinese) : "";
    this.live.textContent = name;
    const detail = { lng, lat, area: area ? String(area.get("code") ?? "") : "", name };
    this.dispatchEvent(new CustomEvent("linli:picked", { bubbles: true, detail }));
  }

  private async load(): Promise<void> {
    const shown = await Promise.allSettled([
      this.fetchFeatures(this.dataset.sketchSrc, this.sketch),
      this.fetchFeatures(this.dataset.areasSrc, this.areas),
      this.refresh(),
    ]);
    if (shown.some((one) => one.status === "rejected")) this.live.textContent = say("map_failed");
    const place = parsePlace(this.dataset.point) ?? this.inputPlace();
    if (place) {
      this.pin.place = fromLonLat(place);
    }
    this.firstView(place);
    this.dispatchEvent(new CustomEvent("linli:ready", { bubbles: true }));
  }

  private inputPlace(): [number, number] | null {
    const read = (selector?: string): string => (selector ? (document.querySelector<HTMLInputElement>(selector)?.value ?? "") : "");
    const [lng, lat] = [read(this.dataset.lngInput), read(this.dataset.latInput)];
    return lng && lat ? parsePlace(`${lng},${lat}`) : null;
  }

  private firstView(place: [number, number] | null): void {
    const view = this.map?.getView();
    if (!view) return;
    const bounds = this.dataset.bounds?.split(",").map(Number);
    const centre = parsePlace(this.dataset.centre);
    if (bounds?.length === 4) this.fit(transformExtent(bounds, "EPSG:4326", "EPSG:3857"), 12, false);
    else if (place ?? centre) {
      view.setCenter(fromLonLat((place ?? centre) as [number, number]));
      view.setZoom(Number(this.dataset.zoom ?? (this.picks ? 16.6 : 16)));
    } else this.showAll(false);
  }

  private showAll(animated = true): void {
    const marked = this.areas.getFeatures().filter((one) => this.dataset.area && one.get("code") === this.dataset.area);
    const whole = marked.length ? extentOf(marked) : this.points.isEmpty() ? createEmpty() : extentOf(this.points.getFeatures());
    for (const source of [this.areas, this.sketch]) if (isEmpty(whole) && !source.isEmpty()) extend(whole, source.getExtent() as Extent);
    if (!isEmpty(whole)) this.fit(whole, 24, animated);
  }

  private fit(extent: Extent, margin: number, animated = true): void {
    this.map?.updateSize();
    const duration = animated && !calm.matches ? 260 : 0;
    this.map?.getView().fit(extent, { padding: [margin, margin, margin, margin], duration, minResolution: CLOSE });
  }

  private zoom(by: number): void {
    const view = this.map?.getView();
    if (view) view.animate({ zoom: (view.getZoom() ?? 15) + by, duration: calm.matches ? 0 : 180 });
  }

  private async fetchFeatures(url: string | undefined, source: VectorSource): Promise<void> {
    if (!url) return;
    source.addFeatures(readFeatures(await readJson(url)));
  }

  private async readPoints(): Promise<Row[] | null> {
    const inline = this.dataset.points ? document.getElementById(this.dataset.points)?.textContent : null;
    if (inline) return rowsOf(JSON.parse(inline));
    return this.dataset.pointsSrc ? rowsOf(await readJson(this.dataset.pointsSrc)) : null;
  }
}

const rowsOf = (answer: unknown): Row[] => (Array.isArray(answer) ? answer : ((answer as { points?: Row[] }).points ?? [])) as Row[];

async function readJson(url: string): Promise<unknown> {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return answer.json();
}

function extentOf(features: Feature[]): Extent {
  const whole = createEmpty();
  for (const feature of features) {
    const geometry = feature.getGeometry();
    if (geometry) extend(whole, geometry.getExtent());
  }
  return whole;
}

customElements.define("linli-map", LinliMap);
