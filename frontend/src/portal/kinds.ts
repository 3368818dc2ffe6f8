/**
 * How well a kind fits what somebody types, 0 for not at all. `phrases` are its name and synonyms in both languages.
 * A phrase that stands in the typed words counts most, then typed words that stand in a phrase, then shared pairs of
 * Chinese signs: 路灯坏了 finds 路灯 before 道路破损. The server ranks the same way for pages without script.
 */
export function fit(phrases: string[], asked: string): number {
  const typed = asked.trim().toLowerCase();
  if (!typed) return 0;
  const pairs = pairsOf(typed);
  const latin = typed.split(/[^a-z0-9]+/).filter((word) => word.length > 1);
  let best = 0;
  for (const phrase of phrases.map((one) => one.toLowerCase()).filter(Boolean)) {
    if (/[㐀-鿿]/.test(phrase)) {
      if (typed.includes(phrase)) best = Math.max(best, 10 + phrase.length);
      else if (phrase.includes(typed)) best = Math.max(best, 9);
      else best = Math.max(best, (4 * pairs.filter((pair) => phrase.includes(pair)).length) / Math.max(1, phrase.length - 1));
    } else if (latin.some((word) => phrase.startsWith(word.replace(/s$/, "")))) best = Math.max(best, latin.includes(phrase) ? 8 : 6);
  }
  return best >= 1.3 ? best : 0;
}

function pairsOf(text: string): string[] {
  const pairs = [];
  for (const run of text.match(/[㐀-鿿]{2,}/g) ?? []) for (let at = 0; at + 2 <= run.length; at++) pairs.push(run.slice(at, at + 2));
  return pairs;
}

/** The best fitting of many, best first. */
export function ranked<Kind>(kinds: Kind[], phrasesOf: (kind: Kind) => string[], asked: string, most: number): Kind[] {
  return kinds
    .map((kind, order) => ({ kind, order, score: fit(phrasesOf(kind), asked) }))
    .filter((one) => one.score > 0)
    .sort((first, second) => second.score - first.score || first.order - second.order)
    .slice(0, most)
    .map((one) => one.kind);
}
