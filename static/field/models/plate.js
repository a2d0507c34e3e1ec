// The plate at a site's door: a QR code of https://<host>/p/<site id>?c=<county>, or the bare id.

const ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const BARE = new RegExp(`^${ID}$`, "i");
const PATH = new RegExp(`^/p/(${ID})/?$`, "i");

/** { site_id, county } of what a plate says, null of any other code. `county` is null on a bare one. */
export function readPlate(text) {
  const words = text.trim();
  if (BARE.test(words)) return { site_id: words.toLowerCase(), county: null };
  let url;
  try {
    url = new URL(words);
  } catch {
    return null;
  }
  const found = /^https?:$/.test(url.protocol) && PATH.exec(url.pathname);
  return found ? { site_id: found[1].toLowerCase(), county: url.searchParams.get("c") } : null;
}

/** What a record keeps of a scan. */
export function scanned({ site_id }, text, now = new Date()) {
  return { site_id, at: now.toISOString(), text: text.trim().slice(0, 300) };
}

/** A place that was not measured: that of the plate ("qr") or a site that a person pointed out ("map"). */
export function placeOf(site, source, now = new Date()) {
  if (site?.lon === null || site?.lon === undefined || site.lat === null) return null;
  return { at: now.toISOString(), lon: site.lon, lat: site.lat, accuracy_m: null, source };
}
