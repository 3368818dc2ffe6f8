/** The panels of the situation screen, each drawn whole from the figures. */
import { bar, element, hours, stack } from "./draw";
import { hourOf } from "./time";
import type { Figures, Rate } from "./types";

const find = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const plain = new Intl.NumberFormat("en-US");
const rate = (value: number | null): string => (value === null ? "—" : value.toFixed(1));
const fill = (words: string | undefined, ...values: (string | number)[]): string =>
  values.reduce<string>((text, value, index) => text.replace(`{${index}}`, String(value)), words ?? "");

export function draw(figures: Figures, doorNames: Record<string, string>): void {
  drawFigures(figures);
  drawPhases(figures);
  drawRates(figures);
  drawKinds(figures);
  drawAreas(figures);
  drawHours(figures, doorNames);
  drawLatest(figures);
  drawSituations(figures);
}

function drawFigures({ today, open }: Figures): void {
  const values: Record<string, number> = { reported: today.reported, done: today.done, closed: today.closed, open: open.all, yellow: open.yellow, red: open.red };
  for (const cell of document.querySelectorAll<HTMLElement>("[data-figure]")) {
    const text = plain.format(values[cell.dataset.figure ?? ""] ?? 0);
    if (cell.textContent === text) continue;
    cell.classList.toggle("figure-moved", cell.textContent !== "");
    cell.textContent = text;
    cell.addEventListener("animationend", () => cell.classList.remove("figure-moved"), { once: true });
  }
  for (const cell of document.querySelectorAll<HTMLElement>("[data-light]")) {
    cell.textContent = plain.format(open[cell.dataset.light as keyof typeof open] as number);
  }
}

/** Lines that come named from the page: what is ours stands in spans behind the name. */
function reuse(line: HTMLElement, ...parts: (Element | string)[]): void {
  line.dataset.name ??= line.textContent?.trim() ?? "";
  line.replaceChildren(element("span", "line-name", line.dataset.name), ...parts);
}

function drawPhases({ open }: Figures): void {
  const most = Math.max(1, ...Object.values(open.phases));
  for (const line of find("phases").querySelectorAll<HTMLElement>("[data-phase]")) {
    const count = open.phases[line.dataset.phase ?? ""] ?? 0;
    reuse(line, bar(count / most, "bar-quiet"), element("b", "line-value", plain.format(count)));
  }
}

function drawRates({ rates }: Figures): void {
  const panel = find("rates");
  for (const line of panel.querySelectorAll<HTMLElement>("[data-rate]")) {
    const name = line.dataset.rate as Rate;
    const [value, change] = [rates[name], rates[`${name}_change`]];
    const number = element("b", "rate-value", rate(value));
    if (value !== null) number.append(element("small", "", "%"));
    const before = value !== null && change !== null ? (value - change) / 100 : undefined;
    const behind = name === "in_time" ? fill(panel.dataset.behind, plain.format(rates.due), plain.format(rates.late)) : fill(panel.dataset.voices, plain.format(rates.judged));
    reuse(line, number, moved(change, panel.dataset.points ?? ""), bar((value ?? 0) / 100, name === "in_time" ? "bar-main" : "bar-quiet", before), element("small", "rate-behind", behind));
  }
}

function moved(change: number | null, words: string): HTMLElement {
  if (change === null) return element("span", "moved");
  const sign = change > 0 ? "▲" : change < 0 ? "▼" : "±";
  const made = element("span", `moved ${change > 0 ? "moved-up" : change < 0 ? "moved-down" : ""}`, `${sign}${Math.abs(change).toFixed(1)}`);
  made.title = words;
  return made;
}

function drawKinds({ kinds }: Figures): void {
  const list = find("kinds");
  const most = kinds[0]?.count ?? 1;
  const lines = kinds.map((kind) => {
    const line = element("li");
    line.append(element("span", "line-name", kind.name), bar(kind.count / most, "bar-quiet"), element("b", "line-value", plain.format(kind.count)));
    return line;
  });
  list.replaceChildren(...(lines.length ? lines : [element("li", "none", list.dataset.none)]));
}

function drawAreas({ areas }: Figures): void {
  find("areas").replaceChildren(
    ...areas.map((area, index) => {
      const row = element("tr");
      const name = element("th", "", area.name);
      name.scope = "row";
      const late = element("td", area.late ? "is-late" : "is-none", plain.format(area.late));
      row.append(element("td", "rank", String(index + 1)), name, element("td", "is-score", rate(area.score)), element("td", "", rate(area.in_time)), element("td", "", plain.format(area.open)), late);
      return row;
    }),
  );
}

function drawHours({ today, usual_hours }: Figures, names: Record<string, string>): void {
  const place = find("hours");
  place.replaceChildren(hours(today.hours, usual_hours, hourOf(new Date()), fill(place.dataset.label, today.reported)));
  const legend = today.doors.map(({ door, count }, index) => {
    const line = element("li", `door tone-${index % 6}`);
    line.append(element("span", "line-name", names[door] ?? door), element("b", "", plain.format(count)));
    return line;
  });
  const strip = element("li", "door-strip");
  strip.append(stack(today.doors.map((one) => one.count)));
  find("doors").replaceChildren(...(legend.length ? [strip, ...legend] : []));
}

function drawLatest({ latest }: Figures): void {
  const list = find("latest");
  const known = new Set([...list.children].map((line) => (line as HTMLElement).dataset.key));
  const isFirst = known.size === 0;
  const lines = latest.map((step) => {
    const key = Object.values(step).join("|");
    const line = element("li", isFirst || known.has(key) ? "" : "is-new");
    line.dataset.key = key;
    const what = element("span", "clip");
    what.append(element("span", "feed-area", step.area), ` ${step.kind}`);
    line.append(element("time", "", step.at), what, element("span", `stage stage-${step.tone}`, step.stage));
    return line;
  });
  list.replaceChildren(...(lines.length ? lines : [element("li", "none", list.dataset.none)]));
}

function drawSituations({ situations }: Figures): void {
  const place = find("situations");
  const lines = situations.map((one) => {
    const line = element("p", "situation");
    const name = element("strong", "", one.name);
    const place_ = element("span", "situation-place", fill(place.dataset.line, one.area, one.since));
    line.append(name, place_, element("span", "situation-figures", fill(place.dataset.figures, one.reports, one.waiting, one.moving, one.done)));
    return line;
  });
  place.replaceChildren(...lines);
}
