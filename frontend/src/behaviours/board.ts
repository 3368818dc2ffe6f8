import { scrolling } from "./motion";
import { behaviour } from "./registry";

/** A list with a panel beside it: the marked row is the one that the panel shows, whichever way it came there. */
behaviour("[data-shows]", (panel) => {
  for (const row of document.querySelectorAll<HTMLElement>("[data-rows] tr[data-href]")) {
    if (row.dataset.href === panel.dataset.shows) row.setAttribute("aria-selected", "true");
    else row.removeAttribute("aria-selected");
  }
});

// On a phone the panel lies under the list: what a row opened is brought into view. What the panel's own fields
// fetch leaves the page where it is.
document.addEventListener("htmx:afterSettle", (event) => {
  const panel = event.target as HTMLElement;
  const { requestConfig } = (event as CustomEvent<{ requestConfig?: { elt: Element } }>).detail;
  if (!panel.matches("[data-shows]") || !requestConfig?.elt.closest("[data-rows]")) return;
  const { top } = panel.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) panel.scrollIntoView({ block: "start", behavior: scrolling() });
});
