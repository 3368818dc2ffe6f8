/** What a chart shows: one label a place on the axis, one or more series of the same length. */
export type Series = { name: string; values: (number | null)[]; tone?: string };
export type Figures = { labels: string[]; series: Series[] };

const number = (text: string): number | null => {
  const value = Number.parseFloat(text.replace(/[,%\s，]/g, ""));
  return Number.isFinite(value) ? value : null;
};

/** Reads a table: first column the labels, first row the names of the series. */
export function readTable(table: HTMLTableElement): Figures {
  const rows = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent?.trim() ?? ""));
  const [head = [], ...body] = rows;
  return {
    labels: body.map((row) => row[0] ?? ""),
    series: head.slice(1).map((name, index) => ({ name, values: body.map((row) => number(row[index + 1] ?? "")) })),
  };
}

/** Writes the figures into the table, with a caption and headers a screen reader can follow. */
export function fillTable(table: HTMLTableElement, figures: Figures, title: string): void {
  table.replaceChildren();
  if (title) table.createCaption().textContent = title;
  const head = table.createTHead().insertRow();
  head.insertCell();
  for (const text of figures.series.map((one) => one.name)) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    head.append(cell);
  }
  const body = table.createTBody();
  figures.labels.forEach((label, index) => {
    const row = body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = label;
    row.append(name);
    for (const one of figures.series) row.insertCell().textContent = String(one.values[index] ?? "—");
  });
}
