/** Making elements, icons and small parts; no framework, nothing clever. */
type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | undefined>;

type Tag<Name extends string> = Name extends `${infer First}.${string}` ? First : Name;
type Made<Name extends string> = Tag<Name> extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag<Name>] : HTMLElement;

/** `h("p.hint", { id: "x", onclick: f }, "words")`: an element with classes, attributes, listeners and children. */
export function h<Name extends string>(name: Name, ...rest: (Attributes | Child | Child[])[]): Made<Name> {
  const [tag = "div", ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const part of rest.flat() as (Attributes | Child)[]) {
    if (part === null || part === undefined || part === false) continue;
    if (part instanceof Node || typeof part === "string") element.append(part);
    else setAll(element, part);
  }
  return element as Made<Name>;
}

function setAll(element: HTMLElement, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "value" && "value" in element) (element as HTMLInputElement).value = String(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

const SVG = "http://www.w3.org/2000/svg";
let sprite: string | undefined;

export function icon(name: string, size = ""): SVGSVGElement {
  sprite ??= document.querySelector<HTMLElement>("linli-field")?.dataset.icons ?? "";
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", size ? `icon icon-${size}` : "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

// One shape a light, as everywhere in Linli, so that colour is never the only sign.
const LAMPS: Record<string, string> = {
  green: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z",
  yellow: "M8 1.600 15 14H1z",
  red: "M5.200 1h5.600L15 5.200v5.600L10.800 15H5.200L1 10.800V5.200z",
  grey: "M3 2h3.600v12H3zM9.400 2H13v12H9.400z",
  violet: "M8 .8 15.200 8 8 15.200.8 8z",
  done: "m2.500 8.500 3.600 3.800L13.500 4",
};
/** Drawn as a line, not filled. */
const LINES = new Set(["done"]);

export function lamp(light: string, words: string): HTMLElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "lamp");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  if (LINES.has(light)) path.setAttribute("class", "lamp-line");
  path.setAttribute("d", LAMPS[light] ?? (LAMPS.green as string));
  svg.append(path);
  const span = h("span.light", h("span.light-text", words));
  span.classList.add(`light-${light}`);
  span.prepend(svg);
  return span;
}

/** A button with an icon; `look` is a class of the kit. */
export function button(label: string, iconName: string, look: string, onclick: (event: Event) => void, more: Attributes = {}): HTMLButtonElement {
  return h(`button.btn.${look}`, { type: "button", onclick, ...more }, iconName ? icon(iconName) : null, h("span", label));
}

export function empty(title: string, text: string, iconName = "checklist"): HTMLElement {
  return h("div.empty-state.field-empty", icon(iconName, "lg"), h("p.empty-state-title", title), text ? h("p.empty-state-text", text) : null);
}

/** Asks in a sheet from below; true when agreed. */
export function ask(text: string, yes: string, no: string, danger = false): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (answer: boolean): void => {
      sheet.close();
      sheet.remove();
      resolve(answer);
    };
    const sheet = h("dialog.sheet.sheet-small", { oncancel: () => end(false), "aria-label": text },
      h("p.sheet-text", text),
      h("div.sheet-actions",
        button(no, "", "btn-lg", () => end(false)),
        button(yes, "", danger ? "btn-danger.btn-lg" : "btn-primary.btn-lg", () => end(true))));
    document.body.append(sheet);
    sheet.showModal();
  });
}

/** Shows bytes as a picture; its address is given back when the picture is gone from the page. */
export function picture(data: Uint8Array, alt: string, type = "image/webp"): HTMLImageElement {
  const url = URL.createObjectURL(new Blob([data.slice()], { type }));
  const image = h("img", { src: url, alt });
  const free = (): void => URL.revokeObjectURL(url);
  image.addEventListener("load", free, { once: true });
  image.addEventListener("error", free, { once: true });
  return image;
}

/** A choice of a few, shown side by side; real radio buttons underneath. */
export function segments<T extends string>(label: string, choices: readonly [T, string, string][], chosen: T | "", onpick: (value: T) => void): HTMLFieldSetElement {
  const name = `s${Math.random().toString(36).slice(2)}`;
  return h("fieldset.segments", h("legend.visually-hidden", label),
    ...choices.map(([value, words, iconName]) => {
      const input = h("input", { type: "radio", name, value, onchange: () => onpick(value) });
      input.checked = value === chosen;
      return h("label.segment", input, iconName ? icon(iconName) : null, h("span", words));
    }));
}
