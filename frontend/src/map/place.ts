/** "lng,lat" as numbers, or null when it is not a place on earth. */
export function parsePlace(text: string | undefined): [number, number] | null {
  const [lng, lat] = (text ?? "").split(",").map(Number);
  if (lng === undefined || lat === undefined || !Number.isFinite(lng) || !Number.isFinite(lat)) return null;
  return Math.abs(lng) <= 180 && Math.abs(lat) <= 85 && (lng !== 0 || lat !== 0) ? [lng, lat] : null;
}
