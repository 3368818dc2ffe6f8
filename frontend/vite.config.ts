import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";
// @ts-expect-error plain script, shared with the tests
import { withoutUnused } from "./scripts/unused_tabler.mjs";
// @ts-expect-error plain script, shared with the tests
import { makeSprite, namesUsed } from "./scripts/icon_sprite.mjs";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Every script right under src/ is an entry that `{% asset "name" %}` can ask for; texts.ts only serves the others. */
function entries(): Record<string, string> {
  const names = readdirSync(here("src")).filter((name) => name.endsWith(".ts") && name !== "texts.ts");
  return {
    ...Object.fromEntries(names.map((name) => [name.slice(0, -3), here(`src/${name}`)])),
    map: here("src/map/map.ts"),
    chart: here("src/chart/chart.ts"),
  };
}

/** Tabler's style sheet without the parts we never show. */
function leanTabler(): Plugin {
  return {
    name: "linli-lean-tabler",
    enforce: "pre",
    transform: { filter: { id: /tabler\.min\.css$/ }, handler: (css) => ({ code: withoutUnused(css) as string, map: null }) },
  };
}

/** Writes icons-HASH.svg and names it in the manifest as "icons.svg". */
function iconSprite(): Plugin {
  return {
    name: "linli-icon-sprite",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const names = namesUsed(here("../linli"), here("src/icons.txt"), here("../packs/china/icons.txt")) as string[];
        const { sprite, unknown } = makeSprite(names, here("node_modules/@tabler/icons/icons")) as {
          sprite: string;
          unknown: string[];
        };
        for (const name of unknown) this.warn(`no such icon in @tabler/icons: ${name}`);
        const hash = createHash("sha256").update(sprite).digest("base64url").slice(0, 8);
        const fileName = `assets/icons-${hash}.svg`;
        this.emitFile({ type: "asset", fileName, source: sprite });
        const manifest = bundle["manifest.json"];
        if (manifest?.type !== "asset") throw new Error("the manifest must be written before the icon sprite");
        const entries = JSON.parse(String(manifest.source)) as Record<string, unknown>;
        entries["icons.svg"] = { file: fileName, src: "icons.svg" };
        manifest.source = JSON.stringify(entries, null, 2);
      },
    },
  };
}

export default defineConfig({
  // Relative, so that chunks find each other under whatever STATIC_URL the site has.
  base: "./",
  publicDir: false,
  plugins: [leanTabler(), iconSprite()],
  build: {
    outDir: here("../linli/static/dist"),
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    target: ["chrome107", "safari16", "firefox104"],
    cssTarget: ["chrome107", "safari16", "firefox104"],
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      // htmx holds an eval for attributes we have turned off (allowEval = false); the security policy refuses it too.
      checks: { eval: false },
      input: entries(),
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
