// A place as two fields have it.

/** [lat, lon] of two typed numbers, or null where one is none or out of range. */
export function placeOf(lon, lat) {
  const [x, y] = [lon, lat].map((text) => (String(text).trim() === "" ? Number.NaN : Number(text)));
  return Math.abs(x) <= 180 && Math.abs(y) <= 85 ? [y, x] : null;
}
