/**
 * Runs before the first paint, as a classic script: picks dark when the visitor left the choice to the device.
 * The server already wrote the choice (light, dark, auto) into data-look.
 */
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const apply = (): void => {
  if (root.dataset.look === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light";
};
root.classList.add("js");
apply();
dark.addEventListener("change", apply);
