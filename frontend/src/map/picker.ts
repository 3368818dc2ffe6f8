import Feature from "ol/Feature";
import Point from "ol/geom/Point";
import type OlMap from "ol/Map";
import Translate from "ol/interaction/Translate";
import VectorLayer from "ol/layer/Vector";
import { toLonLat } from "ol/proj";
import VectorSource from "ol/source/Vector";
import { Icon, Style } from "ol/style";
import type { Coordinate } from "ol/coordinate";
import { pinPicture } from "./lamps";
import type { Palette } from "./palette";

/** One pin: shown only, or moved by tap, drag and arrow keys, and written into a form's inputs. */
const STEP = 12;
const LONG_STEP = 80;
/** Metres a pixel: above the first a tap is a guess, at the second buildings have numbers. */
const COARSE = 2.4;
const CLOSE = 0.9;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const DIRECTIONS: Record<string, [number, number]> = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export class Pin {
  readonly layer: VectorLayer;
  private readonly feature = new Feature();

  constructor() {
    this.layer = new VectorLayer({ source: new VectorSource({ features: [this.feature] }), zIndex: 60 });
  }

  paint(colours: Palette): void {
    this.layer.setStyle(new Style({ image: new Icon({ img: pinPicture(colours.pin, colours.rim), scale: 0.5, anchor: [0.5, 0.96] }) }));
  }

  get place(): Coordinate | null {
    return (this.feature.getGeometry() as Point | undefined)?.getCoordinates() ?? null;
  }

  set place(at: Coordinate | null) {
    this.feature.setGeometry(at ? new Point(at) : undefined);
  }

  /** Lets the person choose. `onPicked` gets longitude and latitude after each move. */
  listen(map: OlMap, target: HTMLElement, onPicked: (lng: number, lat: number) => void): void {
    const move = (at: Coordinate): void => {
      this.place = at;
      const [lng, lat] = toLonLat(at) as [number, number];
      onPicked(lng, lat);
    };
    map.on("singleclick", (event) => {
      move(event.coordinate);
      // From afar a finger covers a whole block: come closer, so that the second tap can be exact.
      const view = map.getView();
      if ((view.getResolution() ?? 0) > COARSE) view.animate({ center: event.coordinate, resolution: CLOSE, duration: calm.matches ? 0 : 260 });
    });
    const drag = new Translate({ layers: [this.layer], hitTolerance: 8 });
    drag.on("translateend", () => this.place && move(this.place));
    map.addInteraction(drag);
    target.addEventListener("keydown", (event) => {
      const direction = DIRECTIONS[event.key];
      const view = map.getView();
      if (!direction && event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      const from = this.place ?? (view.getCenter() as Coordinate);
      const reach = (view.getResolution() ?? 1) * (event.shiftKey ? LONG_STEP : STEP);
      const [x, y] = direction ?? [0, 0];
      move([(from[0] ?? 0) + x * reach, (from[1] ?? 0) + y * reach]);
      keepInView(map, this.place);
    }, true);
  }
}

function keepInView(map: OlMap, at: Coordinate | null): void {
  const size = map.getSize();
  if (!at || !size) return;
  const [x = 0, y = 0] = map.getPixelFromCoordinate(at) ?? [];
  const [width = 0, height = 0] = size;
  if (x < 30 || y < 50 || x > width - 30 || y > height - 30) map.getView().setCenter(at);
}
