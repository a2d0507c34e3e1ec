// From the counted cells of tiles to circles that don't cover each other. No DOM here.

const BUCKET_PX = 72;

/**
 * cells: [{ x, y, n, school, institution, suspected, open }] in world pixels of one zoom → circles of the same shape.
 * Cells of one bucket of the world (not of the window: panning must not reshuffle them) go together at their weighted
 * middle; what still overlaps is joined, the larger taking the smaller.
 */
export function cluster(cells) {
  const buckets = new Map();
  for (const cell of cells) {
    const key = `${Math.floor(cell.x / BUCKET_PX)},${Math.floor(cell.y / BUCKET_PX)}`;
    const bucket = buckets.get(key);
    if (bucket) take(bucket, cell);
    else buckets.set(key, { ...cell });
  }
  return join([...buckets.values()].sort((a, b) => b.n - a.n || a.x - b.x || a.y - b.y));
}

function join(circles) {
  const kept = [];
  const near = new Map();
  for (const circle of circles) {
    const home = around(circle).flatMap((key) => near.get(key) ?? []).find((other) => overlap(circle, other));
    if (home) {
      take(home, circle);
      continue;
    }
    kept.push(circle);
    const key = bucketOf(circle);
    near.set(key, [...(near.get(key) ?? []), circle]);
  }
  return kept;
}

function take(one, other) {
  const n = one.n + other.n;
  one.x = (one.x * one.n + other.x * other.n) / n;
  one.y = (one.y * one.n + other.y * other.n) / n;
  for (const name of ["n", "school", "institution", "suspected", "open"]) one[name] += other[name];
}

function overlap(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y) < 0.9 * (radius(one.n) + radius(other.n));
}

function bucketOf({ x, y }) {
  return `${Math.floor(x / BUCKET_PX)},${Math.floor(y / BUCKET_PX)}`;
}

function around({ x, y }) {
  const steps = [-BUCKET_PX, 0, BUCKET_PX];
  return steps.flatMap((dx) => steps.map((dy) => bucketOf({ x: x + dx, y: y + dy })));
}

/** Pixels; the area grows with the logarithm, so that a village and a town can stand side by side. */
export function radius(n) {
  return n === 1 ? 9 : Math.min(32, 12 + 4.2 * Math.log10(n) ** 1.3);
}

/** 7 · 1204 · 1.2万, in English 12K */
export function short(n) {
  if (n < 10_000) return String(n);
  const language = globalThis.document?.documentElement.lang || "zh-CN";
  return new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: n < 100_000 ? 1 : 0 }).format(n);
}
