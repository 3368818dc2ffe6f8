/** Small drawings in SVG; everything else on the screen is words and numbers in HTML. */
const SVG = "http://www.w3.org/2000/svg";

export function shape(name: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text) made.textContent = text;
  return made;
}

export function element<Name extends keyof HTMLElementTagNameMap>(name: Name, css = "", text = ""): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (css) made.className = css;
  if (text) made.textContent = text;
  return made;
}

/** A bar of a share from 0 to 1, with a mark where it stood before if that is known. */
export function bar(share: number, css: string, before?: number): SVGElement {
  const svg = shape("svg", { class: `bar ${css}`, viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" });
  const within = (value: number): number => Math.max(0, Math.min(100, value * 100));
  svg.append(shape("rect", { class: "bar-ground", width: 100, height: 4 }), shape("rect", { class: "bar-value", width: within(share), height: 4 }));
  if (before !== undefined) svg.append(shape("rect", { class: "bar-before", x: Math.min(99.4, within(before)), width: 0.6, height: 4 }));
  return svg;
}

/** The scale's top: the next of 1, 2, 5, 10, 20 … that nothing exceeds. */
export function roof(most: number): number {
  let step = 1;
  for (let factor = 0; step < most; factor++) step = [1, 2, 5][factor % 3]! * 10 ** Math.floor(factor / 3);
  return Math.max(step, 2);
}

const WIDTH = 480;
const HEIGHT = 150;
const LEFT = 30;
const BOTTOM = 22;

/** Today's hours as columns, the usual hours as a line over them. Hours still to come stay empty. */
export function hours(today: number[], usual: number[], now: number, label: string): SVGElement {
  const top = roof(Math.max(...today, ...usual));
  const svg = shape("svg", { class: "hours-chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
  const x = (hour: number): number => LEFT + ((WIDTH - LEFT) * hour) / 24;
  const y = (value: number): number => (HEIGHT - BOTTOM) * (1 - value / top) + 4 * (value / top);
  for (const value of [0, top / 2, top]) {
    svg.append(shape("line", { class: "hours-line", x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }));
    svg.append(shape("text", { class: "hours-text", x: LEFT - 6, y: y(value) + 5, "text-anchor": "end" }, String(value)));
  }
  for (const hour of [0, 6, 12, 18, 24]) {
    const anchor = hour === 0 ? "start" : hour === 24 ? "end" : "middle";
    svg.append(shape("text", { class: "hours-text", x: x(hour), y: HEIGHT - 4, "text-anchor": anchor }, `${hour}:00`));
  }
  today.forEach((count, hour) => {
    if (hour > now || !count) return;
    const css = hour === now ? "hours-bar hours-now" : "hours-bar";
    svg.append(shape("rect", { class: css, x: x(hour) + 3, width: x(1) - x(0) - 6, y: y(count), height: y(0) - y(count), rx: 1.5 }));
  });
  const line = usual.map((count, hour) => `${hour ? "L" : "M"}${x(hour + 0.5).toFixed(1)} ${y(count).toFixed(1)}`).join("");
  svg.append(shape("path", { class: "hours-usual", d: line }));
  return svg;
}

/** Shares of a whole side by side. */
export function stack(counts: number[]): SVGElement {
  const whole = counts.reduce((sum, count) => sum + count, 0) || 1;
  const svg = shape("svg", { class: "stack", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" });
  let at = 0;
  counts.forEach((count, index) => {
    const width = (100 * count) / whole;
    svg.append(shape("rect", { class: `tone-${index % 6}`, x: at, width: Math.max(0, width - 0.4), height: 4 }));
    at += width;
  });
  return svg;
}
