import { behaviour } from "./registry";

/** Large type and dark mode at once, without a reload; the cookie is the one `/look/` sets. */
const ONE_YEAR = 365 * 24 * 3600;
const root = document.documentElement;

function remember(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `linli_${name}=${value}; path=/; max-age=${ONE_YEAR}; samesite=lax${secure}`;
}

behaviour("[data-look-type]", (link) =>
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const large = root.dataset.type !== "large";
    root.dataset.type = large ? "large" : "normal";
    remember("type", root.dataset.type);
    for (const one of document.querySelectorAll("[data-look-type]")) one.setAttribute("aria-pressed", String(large));
  }),
);

behaviour("[data-look-theme]", (link) =>
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = theme;
    root.dataset.look = theme;
    remember("theme", theme);
    document.dispatchEvent(new CustomEvent("linli:theme", { detail: theme }));
  }),
);
