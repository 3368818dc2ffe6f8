import { behaviour } from "./registry";

/** Lists by keyboard: arrows or j/k walk the rows, Enter opens, x ticks; ticking shows the batch bar. */
behaviour("[data-rows]", (shell) => {
  const rows = (): HTMLTableRowElement[] => [...shell.querySelectorAll<HTMLTableRowElement>("tbody tr")];
  shell.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("input:not([type=checkbox]), select, textarea")) return;
    const all = rows();
    const at = all.indexOf(target.closest("tr") as HTMLTableRowElement);
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(all[at + 1]),
      j: () => go(all[at + 1]),
      ArrowUp: () => go(all[Math.max(0, at - 1)]),
      k: () => go(all[Math.max(0, at - 1)]),
      Home: () => go(all[0]),
      End: () => go(all.at(-1)),
      x: () => all[at]?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click(),
    };
    if (event.key === "Enter" && target.matches("tr")) open(target as HTMLTableRowElement);
    else if (steps[event.key]) {
      event.preventDefault();
      steps[event.key]?.();
    }
  });
  shell.addEventListener("dblclick", (event) => {
    const row = (event.target as HTMLElement).closest<HTMLTableRowElement>("tr[data-href]");
    if (row) open(row);
  });
});

function go(row: HTMLElement | null | undefined): void {
  if (!row) return;
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

// Pressed while nothing in particular has the focus, j and k begin the walk: at the chosen row, else at the first.
document.addEventListener("keydown", (event) => {
  if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!(event.target as HTMLElement).matches("body, main") || document.querySelector("dialog[open]")) return;
  const row = (chosen = ""): HTMLElement | null => document.querySelector<HTMLElement>(`[data-rows] tbody tr${chosen}`);
  go(row("[aria-selected=true]") ?? row());
});

function open(row: HTMLTableRowElement): void {
  if (row.dataset.href) location.assign(row.dataset.href);
}

/** The tick boxes that belong to a form, wherever they stand. */
const picks = (form: string): HTMLInputElement[] => [
  ...document.querySelectorAll<HTMLInputElement>(`input[type=checkbox][name=ids][form="${CSS.escape(form)}"]`),
];

function count(form: string): void {
  const all = picks(form);
  const ticked = all.filter((one) => one.checked).length;
  for (const bar of document.querySelectorAll<HTMLElement>(`[data-batch="${CSS.escape(form)}"]`)) {
    bar.hidden = ticked === 0;
    const figure = bar.querySelector("[data-batch-count]");
    if (figure) figure.textContent = String(ticked);
  }
  for (const head of document.querySelectorAll<HTMLInputElement>(`[data-check-all="${CSS.escape(form)}"]`)) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
}

behaviour("[data-batch]", (bar) => count(bar.dataset.batch ?? ""));

let lastTicked: HTMLInputElement | null = null;
document.addEventListener("click", (event) => {
  const box = event.target as HTMLInputElement;
  if (!(box instanceof HTMLInputElement) || box.type !== "checkbox") return;
  const all = box.dataset.checkAll;
  if (all) {
    for (const one of picks(all)) one.checked = box.checked;
    count(all);
    return;
  }
  const form = box.getAttribute("form");
  if (box.name !== "ids" || !form) return;
  const list = picks(form);
  if (event.shiftKey && lastTicked && list.includes(lastTicked)) {
    const [from, to] = [list.indexOf(lastTicked), list.indexOf(box)].sort((a, b) => a - b) as [number, number];
    for (const one of list.slice(from, to + 1)) one.checked = box.checked;
  }
  lastTicked = box;
  count(form);
});
