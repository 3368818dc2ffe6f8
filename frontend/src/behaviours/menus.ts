import { behaviour } from "./registry";

/** Menus are `<details>`; the script closes them like people expect and lets arrow keys walk. */
behaviour("details[data-menu]", (menu) => {
  const details = menu as HTMLDetailsElement;
  const items = (): HTMLElement[] => [...details.querySelectorAll<HTMLElement>(".menu-panel a, .menu-panel button, .menu-panel input")];
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    for (const other of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]"))
      if (other !== details) other.open = false;
  });
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      details.open = false;
      details.querySelector("summary")?.focus();
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    details.open = true;
    const all = items();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  });
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]"))
    if (!open.contains(event.target as Node)) open.open = false;
});
