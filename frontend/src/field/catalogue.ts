import { pick } from "./texts";
import type { Bundle, CategoryRow } from "./types";

/** Finding a category without a network: by its name, its class, or the words people use for it. */
export const categoryOf = (bundle: Bundle | undefined, code: string): CategoryRow | undefined =>
  bundle?.catalogue.categories.find((row) => row[0] === code);

export function categoryName(bundle: Bundle | undefined, code: string): string {
  const row = categoryOf(bundle, code);
  return row ? pick([row[1], row[2]]) : code;
}

export function majorName(bundle: Bundle | undefined, code: string): string {
  const row = bundle?.catalogue.majors.find(([major]) => major === code.slice(0, 3));
  return row ? pick([row[2], row[3]]) : "";
}

/** How well a category fits what was typed; 0 not at all. */
export function fitness(row: CategoryRow, word: string): number {
  const names = [row[1], row[2].toLowerCase()];
  if (names.some((name) => name === word)) return 6;
  if (names.some((name) => name.startsWith(word))) return 5;
  const words = `${row[3]} ${row[4]}`.toLowerCase().split(/[\s,，、;]+/).filter(Boolean);
  if (words.includes(word)) return 4;
  if (names.some((name) => name.includes(word))) return 3;
  if (words.some((one) => one.includes(word) || (one.length > 1 && word.includes(one)))) return 2;
  return row[0].toLowerCase() === word ? 6 : 0;
}

/** Categories that fit every word typed, the best first. A sentence without blanks is searched for the words it holds. */
export function searchCategories(bundle: Bundle | undefined, typed: string, most = 12): CategoryRow[] {
  const words = typed.toLowerCase().trim().split(/\s+/).filter(Boolean);
  if (!bundle || !words.length) return [];
  return bundle.catalogue.categories
    .map((row, at) => ({ row, at, score: words.map((word) => fitness(row, word)).reduce((sum, one) => (sum && one ? sum + one : 0), 1) }))
    .filter(({ score }) => score > 1)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, most)
    .map(({ row }) => row);
}
