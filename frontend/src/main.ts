/** The script of every page: htmx set up safely, small behaviours, and islands loaded where a page has them. */
import "@tabler/core/dist/css/tabler.min.css";
import "./styles/main.css";
import htmx from "htmx.org";
import { attachAll } from "./behaviours/registry";
import { forgetAccepted } from "./behaviours/draft";
import { toast } from "./behaviours/toast";
import { say } from "./texts";
import "./behaviours/board";
import "./behaviours/confirm";
import "./behaviours/filters";
import "./behaviours/lightbox";
import "./behaviours/locate";
import "./behaviours/look";
import "./behaviours/menus";
import "./behaviours/photos";
import "./behaviours/poll";
import "./behaviours/rows";
import "./behaviours/small";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
// Pages may hold personal data: no copies of them in the browser's storage.
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "409", swap: true, error: false },
  { code: "422", swap: true, error: false },
  { code: "[45]..", swap: false, error: true },
];

const islands: Record<string, () => Promise<unknown>> = {
  "linli-map": () => import("./map/map"),
  "linli-chart": () => import("./chart/chart"),
};

function start(root: ParentNode & Node): void {
  attachAll(root);
  for (const [name, load] of Object.entries(islands))
    if (!customElements.get(name) && document.querySelector(name)) void load();
}

document.addEventListener("htmx:load", (event) => start((event as CustomEvent<{ elt: HTMLElement }>).detail.elt));
document.addEventListener("htmx:sendError", () => toast(say("offline")));
document.addEventListener("htmx:responseError", (event) =>
  toast(say("refused", (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr.status)),
);
document.addEventListener("linli:toast", (event) => {
  const { detail } = event as CustomEvent<string | { value: string }>;
  toast(typeof detail === "string" ? detail : detail.value);
});
start(document);
forgetAccepted();
