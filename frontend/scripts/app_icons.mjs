// Draws the app's PNG icons from the mark with the machine's Chromium: `npm run icons`. Run it when the mark changes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../linli/static/linli/", import.meta.url));
const mark = readFileSync(join(folder, "logo.svg"), "utf8");
const work = mkdtempSync(join(tmpdir(), "linli-icons-"));

/** A maskable icon is cut to a circle by some phones: full ground, smaller drawing. */
const page = (size, maskable) =>
  `<!doctype html><style>html,body{margin:0;background:${maskable ? "#17695a" : "transparent"}}svg{display:block;width:${size}px;height:${size}px;${maskable ? "transform:scale(.8)" : ""}}</style>${mark}`;

for (const [name, size, maskable] of [
  ["icon-192.png", 192, false],
  ["icon-512.png", 512, false],
  ["icon-maskable-512.png", 512, true],
]) {
  const source = join(work, `${name}.html`);
  writeFileSync(source, page(size, maskable));
  execFileSync("chromium", [
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1", "--default-background-color=00000000",
    `--window-size=${size},${size}`, `--screenshot=${join(folder, name)}`, `file://${source}`,
  ], { stdio: "ignore" });
  console.log(`${name}: ${size} px`);
}
