import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
// @ts-expect-error plain script, shared with the build
import { isLeftOut, withoutUnused } from "../scripts/unused_tabler.mjs";

const folder = fileURLToPath(new URL("../../linli", import.meta.url));

it("drops whole rules, keeps the selectors that are used", () => {
  const css = ".modal{color:red}.btn,.modal-body{color:blue}@media print{.toast{color:red}}.card:not(.modal){top:0}";
  expect(withoutUnused(css)).toBe(".btn{color:blue}.card:not(.modal){top:0}");
});

it("leaves out no class that a page of ours uses", () => {
  const used = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".html")) continue;
    const page = readFileSync(join(entry.parentPath, entry.name), "utf8").replace(/{%.*?%}|{{.*?}}/gs, " ");
    for (const [, classes = ""] of page.matchAll(/class="([^"]*)"/g))
      for (const name of classes.split(/\s+/)) if (/^[a-z][\w-]*$/.test(name) && isLeftOut(`.${name}`)) used.set(name, entry.name);
  }
  expect([...used]).toEqual([]);
});
