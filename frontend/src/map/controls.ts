import { drawing } from "../behaviours/drawing";
import { say, type TextName } from "../texts";

/** Buttons over the map and the line that says it is a sketch. */
type Acts = { zoom(by: number): void; whole(): void };

export class Controls {
  constructor(private readonly host: HTMLElement, private readonly canvas: HTMLElement, private readonly acts: Acts) {}

  show(): void {
    // Nobody stands close enough to a wall to press a button.
    if (this.host.dataset.palette === "screen") return;
    const buttons = document.createElement("div");
    buttons.className = "map-buttons";
    buttons.append(
      this.button("plus", "map_zoom_in", () => this.acts.zoom(1)),
      this.button("minus", "map_zoom_out", () => this.acts.zoom(-1)),
      this.button("maximize", "map_whole", () => this.acts.whole()),
    );
    this.canvas.after(buttons);
    if (this.host.dataset.tiles) return;
    const note = document.createElement("p");
    note.className = "map-note";
    note.textContent = say("map_sketch");
    this.canvas.after(note);
  }

  private button(icon: string, name: TextName, act: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.append(drawing(icon));
    button.title = say(name);
    button.setAttribute("aria-label", say(name));
    button.addEventListener("click", act);
    return button;
  }
}
