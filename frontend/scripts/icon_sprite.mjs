// Builds one SVG sprite from the Tabler icons that our templates and code name, and nothing more.
//
// Names come from four places: src/icons.txt (the common stock, so that a new page seldom needs a rebuild), the icons of a pack,
// `{% icon "name" %}` in any template, and `icon="name"` / `"icon": "name"` in Python and templates.
// A name ending in "-filled" is taken from Tabler's filled set.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const NAMED_ICON = /(?:{%\s*icon\s+|\bicon["']?\s*[=:]\s*)["']([a-z0-9-]+)["']/g;

/** Every icon name used under `folder` or listed in one of the files, sorted. */
export function namesUsed(folder, ...listFiles) {
  const stock = listFiles.map((file) => readFileSync(file, "utf8").replace(/^#.*$/gm, "")).join(" ");
  const names = new Set(stock.split(/\s+/).filter(Boolean));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(html|py|svg|json)$/.test(entry.name)) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (path.includes("/static/") || path.includes("/tests/")) continue;
    for (const match of readFileSync(path, "utf8").matchAll(NAMED_ICON)) names.add(match[1]);
  }
  return [...names].sort();
}

/** The sprite's text, and the names for which Tabler has no drawing. */
export function makeSprite(names, iconsFolder) {
  const unknown = [];
  const symbols = [];
  for (const name of names) {
    const filled = name.endsWith("-filled");
    const path = join(iconsFolder, filled ? "filled" : "outline", `${name.replace(/-filled$/, "")}.svg`);
    if (!existsSync(path)) {
      unknown.push(name);
      continue;
    }
    const body = readFileSync(path, "utf8").replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "");
    const shapes = body.replace(/<path stroke="none"[^>]*fill="none"\s*\/>/g, "").replace(/\s*\n\s*/g, "");
    const paint = filled
      ? 'fill="currentColor"'
      : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${shapes}</symbol>`);
  }
  return { sprite: `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`, unknown };
}
