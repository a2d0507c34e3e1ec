// What lies in a cell: a polygon is asked, so that the server needn't list it. Positions are [lon, lat].

import { metresBetween } from "../../helpers/distance.js";

const DEGREE_M = 111_195;
const WATCHED = new Set(["closed", "suspended"]);
const HEARD_OF_M = 100; // whose place is no better known is said to be heard of

/** Whether a position lies in a GeoJSON Polygon or MultiPolygon; a hole is outside. */
export function isIn(shape, [lon, lat]) {
  return polygonsOf(shape).some(([shell, ...holes]) => isInRing(shell, lon, lat) && !holes.some((hole) => isInRing(hole, lon, lat)));
}

/** Metres from a position to the edge of a shape, by a plane that touches the earth there. */
export function metresToEdge(shape, [lon, lat]) {
  const east = DEGREE_M * Math.cos((lat * Math.PI) / 180);
  const flat = ([x, y]) => [(x - lon) * east, (y - lat) * DEGREE_M];
  let least = Infinity;
  for (const ring of polygonsOf(shape).flat()) {
    for (let n = 1; n < ring.length; n++) least = Math.min(least, toLine(flat(ring[n - 1]), flat(ring[n])));
  }
  return least;
}

/** Whether the whole circle of a fix is in a cell: "inside", "outside" or "cannot_tell". */
export function fenceOf(shape, fix) {
  if (!shape || !fix?.accuracy_m) return "cannot_tell";
  const isSure = metresToEdge(shape, [fix.lon, fix.lat]) >= fix.accuracy_m;
  return isSure ? (isIn(shape, [fix.lon, fix.lat]) ? "inside" : "outside") : "cannot_tell";
}

/** What is known in a cell: { suspected, watched, others, tips }. Those shut are looked after, lest they open again. */
export function knownIn(bundle, shape) {
  const found = { suspected: [], watched: [], others: [], tips: [] };
  const [west, south, east, north] = boxOf(shape);
  const isHere = ({ lon, lat }) => lon !== null && lon >= west && lon <= east && lat >= south && lat <= north && isIn(shape, [lon, lat]);
  for (const site of bundle.allSites) if (site.state !== "dismissed" && isHere(site)) found[groupOf(site)].push(site);
  found.tips = bundle.tipPlaces.filter(isHere);
  return found;
}

export function isHeardOf({ uncertainty_m }) {
  return (uncertainty_m ?? 0) > HEARD_OF_M;
}

/** [west, south, east, north]. */
export function boxOf(shape) {
  const points = polygonsOf(shape).flat(2);
  const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/** Metres to a cell: none for who stands in it. */
export function metresTo(shape, position) {
  return isIn(shape, position) ? 0 : metresToEdge(shape, position);
}

export function metresToMiddle({ lon, lat }, position) {
  return metresBetween(position, [lon, lat]);
}

function groupOf({ kind, state }) {
  if (kind !== "suspected") return "others";
  return WATCHED.has(state) ? "watched" : "suspected";
}

function polygonsOf({ type, coordinates }) {
  return type === "MultiPolygon" ? coordinates : [coordinates];
}

function isInRing(ring, lon, lat) {
  let isInside = false;
  for (let n = 0, before = ring.length - 1; n < ring.length; before = n++) {
    const [[x, y], [beforeX, beforeY]] = [ring[n], ring[before]];
    if (y > lat !== beforeY > lat && lon < ((beforeX - x) * (lat - y)) / (beforeY - y) + x) isInside = !isInside;
  }
  return isInside;
}

/** From 0, 0 to the nearest place of a line. */
function toLine([x, y], [toX, toY]) {
  const [dx, dy] = [toX - x, toY - y];
  const length = dx * dx + dy * dy;
  const along = length ? Math.max(0, Math.min(1, -(x * dx + y * dy) / length)) : 0;
  return Math.hypot(x + along * dx, y + along * dy);
}
