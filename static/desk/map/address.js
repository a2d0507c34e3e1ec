// What the address says of the map, and back: ?site=…&kind=…#map=14/28.69000/117.07000. No DOM here.

const FILTERS = ["kind", "state", "licence_state", "category", "township"];
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** { open: { subject, id } | null, filters: { kind: [...] }, view: { zoom, lat, lon } | null, box: [w, s, e, n] | null, tips } */
export function readAddress({ search, hash }) {
  const asked = new URLSearchParams(search);
  const open = ["site", "check"].map((subject) => ({ subject, id: asked.get(subject) })).find(({ id }) => ID.test(id ?? ""));
  const filters = Object.fromEntries(
    FILTERS.map((name) => [name, asked.getAll(name).filter(Boolean)]).filter(([, values]) => values.length),
  );
  return { open: open ?? null, filters, view: readView(hash), box: readBox(asked.get("view")), tips: asked.has("tips") };
}

function readView(hash) {
  const [zoom, lat, lon] = (/^#map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(hash) ?? []).slice(1).map(Number);
  const isPlace = zoom >= 0 && zoom <= 22 && Math.abs(lat) <= 85.06 && Math.abs(lon) <= 180;
  return isPlace ? { zoom, lat, lon } : null;
}

function readBox(text) {
  const sides = (text ?? "").split(",").map(Number);
  const isBox = sides.length === 4 && sides.every(Number.isFinite) && sides[0] < sides[2] && sides[1] < sides[3];
  return isBox ? sides : null;
}

/** The address of a map: path, query and hash. */
export function writeAddress({ open, filters, view, tips }) {
  const asked = new URLSearchParams();
  if (open) asked.set(open.subject, open.id);
  for (const [name, value] of filterPairs(filters)) asked.append(name, value);
  if (tips) asked.set("tips", "1");
  const query = asked.toString();
  const hash = view ? `#map=${Math.round(view.zoom)}/${view.lat.toFixed(5)}/${view.lon.toFixed(5)}` : "";
  return `/${query ? `?${query}` : ""}${hash}`;
}

/** The filters as name and value, in one order: the same filters give the same address of a tile. */
export function filterPairs(filters) {
  return FILTERS.flatMap((name) => [...(filters[name] ?? [])].sort().map((value) => [name, value]));
}
