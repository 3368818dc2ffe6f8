import Overlay from "ol/Overlay";
import type { Coordinate } from "ol/coordinate";
import type { Place } from "./points";
import { say, type TextName } from "../texts";

/** The card over a point: lamp, number, what it is, and a link. For a spot with several, a short list. */
const MOST_SHOWN = 6;

export class Card {
  readonly overlay: Overlay;
  private readonly box = document.createElement("div");

  constructor(private readonly address: string, private readonly isByLight: boolean) {
    this.box.className = "map-card";
    this.box.hidden = true;
    this.overlay = new Overlay({ element: this.box, positioning: "bottom-center", offset: [0, -14], stopEvent: true, autoPan: { margin: 12 } });
  }

  show(places: Place[], at: Coordinate): void {
    this.box.replaceChildren(...places.slice(0, MOST_SHOWN).map((place) => this.row(place)));
    if (places.length > MOST_SHOWN) {
      const more = document.createElement("p");
      more.className = "map-card-more";
      more.textContent = say("map_points", places.length);
      this.box.append(more);
    }
    this.box.hidden = false;
    this.overlay.setPosition(at);
  }

  hide(): void {
    this.box.hidden = true;
    this.overlay.setPosition(undefined);
  }

  private row(place: Place): HTMLElement {
    const row = document.createElement(place.reference && this.address ? "a" : "div");
    row.className = `map-card-row map-light-${place.light}`;
    if (row instanceof HTMLAnchorElement) row.href = this.address.replace("{reference}", encodeURIComponent(place.reference));
    const title = document.createElement("strong");
    title.textContent = place.category || place.reference;
    const words = [place.category ? place.reference : "", place.stage];
    if (this.isByLight) words.push(say(`light_${place.light}` as TextName));
    if (place.count > 0) words.push(say("map_supporters", place.count));
    const foot = document.createElement("span");
    foot.textContent = words.filter(Boolean).join(" · ");
    row.append(title, foot);
    return row;
  }
}
