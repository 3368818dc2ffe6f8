import { behaviour } from "./registry";

/** A list with a panel beside it: the marked row is the one that the panel shows, whichever way it came there. */
behaviour("[data-shows]", (panel) => {
  for (const row of document.querySelectorAll<HTMLElement>("[data-rows] tr[data-href]")) {
    if (row.dataset.href === panel.dataset.shows) row.setAttribute("aria-selected", "true");
    else row.removeAttribute("aria-selected");
  }
});
