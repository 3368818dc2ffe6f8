export const LONGEST_SIDE = 2048;

/** Width and height after shrinking to the longest side; never enlarged. */
export function fit(width: number, height: number, longest = LONGEST_SIDE): [number, number] {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}
