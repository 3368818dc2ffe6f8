/** Whether every word of `asked` stands somewhere in `words`; Chinese without blanks is one word, also found by its pairs of signs. */
export function matchesWords(words: string, asked: string): boolean {
  const text = words.toLowerCase();
  return asked
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => text.includes(word) || hasPairs(text, word));
}

/** Two signs in a row are enough for a Chinese word that is written a little differently: 路灯坏了 finds 路灯. */
function hasPairs(text: string, word: string): boolean {
  if (!/^[㐀-鿿]{3,}$/.test(word)) return false;
  for (let at = 0; at + 2 <= word.length; at++) if (text.includes(word.slice(at, at + 2))) return true;
  return false;
}
