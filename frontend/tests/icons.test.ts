import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
// @ts-expect-error plain script, shared with the build
import { makeSprite, namesUsed } from "../scripts/icon_sprite.mjs";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it("has a drawing for every icon that templates and code name", () => {
  const names = namesUsed(here("../../linli"), here("../src/icons.txt")) as string[];
  const { sprite, unknown } = makeSprite(names, here("../node_modules/@tabler/icons/icons")) as { sprite: string; unknown: string[] };
  expect(unknown).toEqual([]);
  expect(sprite.match(/<symbol /g)).toHaveLength(names.length);
  expect(sprite).not.toMatch(/style=|<script/);
});
