import { pause } from "./pause";
import { behaviour } from "./registry";

/** Sends `linli:poll` to `[data-poll="seconds"]` while somebody looks; waits longer after each failure. */
behaviour("[data-poll]", (element) => {
  const seconds = Math.max(5, Number(element.dataset.poll) || 60);
  let failures = 0;
  let due = Date.now() + seconds * 1000;
  element.addEventListener("htmx:afterRequest", (event) => {
    failures = (event as CustomEvent<{ successful: boolean }>).detail.successful ? 0 : failures + 1;
  });
  const timer = window.setInterval(() => {
    if (!element.isConnected) return clearInterval(timer);
    if (document.hidden || Date.now() < due) return;
    // A few per cent of chance, so that a street's screens do not all ask in the same second.
    due = Date.now() + pause(seconds, failures) * (950 + Math.random() * 100);
    element.dispatchEvent(new CustomEvent("linli:poll"));
  }, 1000);
});
