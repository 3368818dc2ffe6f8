/** Language, type size and light or dark, as the cookies of `/look/` say; changed here without a network. */
const root = document.documentElement;
const ONE_YEAR = 365 * 24 * 3600;

const cookie = (name: string): string =>
  document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

function remember(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${ONE_YEAR}; samesite=lax${secure}`;
}

/** Puts the visitor's choices on the page: the kept shell may be from another day. */
export function applyLook(): void {
  root.lang = cookie("linli_language") === "en" ? "en" : "zh-Hans";
  root.dataset.type = cookie("linli_type") === "large" ? "large" : "normal";
  const theme = cookie("linli_theme");
  root.dataset.look = theme === "dark" || theme === "light" ? theme : "auto";
  const isDark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.bsTheme = isDark ? "dark" : "light";
}

export const isLarge = (): boolean => root.dataset.type === "large";
export const isDark = (): boolean => root.dataset.bsTheme === "dark";

export function toggleLanguage(): void {
  remember("linli_language", root.lang === "en" ? "zh-hans" : "en");
  applyLook();
}

export function toggleType(): void {
  remember("linli_type", isLarge() ? "normal" : "large");
  applyLook();
}

export function toggleTheme(): void {
  remember("linli_theme", isDark() ? "light" : "dark");
  applyLook();
  document.dispatchEvent(new CustomEvent("linli:theme", { detail: root.dataset.bsTheme }));
}
