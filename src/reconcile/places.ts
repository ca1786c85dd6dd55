/** A region's middle, and how far its places lie from it at most. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusKm: number;
}

/** Regions by code; the longest beginning of a code that is known counts. */
export type Places = ReadonlyMap<string, Place>;

const LEVELS = [12, 9, 6, 4] as const;
const EARTH_KM = 6371;

export function placeOf(places: Places, regionCode: string | null): Place | null {
  if (regionCode === null) return null;
  for (const digits of LEVELS) {
    const place = regionCode.length >= digits ? places.get(regionCode.slice(0, digits)) : undefined;
    if (place !== undefined) return place;
  }
  return null;
}

/** How far apart two regions' places are at the least, km, rounded down; null: one of them is not known. */
export function leastKm(places: Places, a: string | null, b: string | null): number | null {
  const one = placeOf(places, a);
  const other = placeOf(places, b);
  if (one === null || other === null) return null;
  if (one === other) return 0;
  const between = greatCircleKm(one, other) - one.radiusKm - other.radiusKm;
  return Math.max(0, Math.floor(between));
}

function greatCircleKm(a: Place, b: Place): number {
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const half = (x: number): number => Math.sin(x / 2) ** 2;
  const h =
    half(rad(b.latitude - a.latitude)) +
    Math.cos(rad(a.latitude)) * Math.cos(rad(b.latitude)) * half(rad(b.longitude - a.longitude));
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
