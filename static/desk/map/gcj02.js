// WGS-84 → GCJ-02, the datum of Amap's and Tencent's tiles: the same formula as geo/datums.py, tested against it.
// Only the tile layer shifts; every position elsewhere is WGS-84.

const A = 6378245;
const E2 = 0.00669342162296594323;

/** [lon, lat] in WGS-84 degrees → [lon, lat] in GCJ-02; outside China nothing is shifted. */
export function toGcj02([lon, lat]) {
  if (!isShifted(lon, lat)) return [lon, lat];
  const [x, y] = [lon - 105, lat - 35];
  const phi = (lat * Math.PI) / 180;
  const magic = 1 - E2 * Math.sin(phi) ** 2;
  const root = Math.sqrt(magic);
  const north = (northward(x, y) * 180) / (((A * (1 - E2)) / (magic * root)) * Math.PI);
  const east = (eastward(x, y) * 180) / ((A / root) * Math.cos(phi) * Math.PI);
  return [lon + east, lat + north];
}

function isShifted(lon, lat) {
  return lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;
}

function northward(x, y) {
  return (
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) +
    wave(6 * x, 20) + wave(2 * x, 20) + wave(y, 20) + wave(y / 3, 40) + wave(y / 12, 160) + wave(y / 30, 320)
  );
}

function eastward(x, y) {
  return (
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) +
    wave(6 * x, 20) + wave(2 * x, 20) + wave(x, 20) + wave(x / 3, 40) + wave(x / 12, 150) + wave(x / 30, 300)
  );
}

function wave(turns, height) {
  return ((height * 2) / 3) * Math.sin(turns * Math.PI);
}
