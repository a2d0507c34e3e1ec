// Which sites are near.

import { metresBetween } from "../../helpers/distance.js";

/** The sites of a bundle nearest to a position [lon, lat]: [{ site, metres }]. */
export function nearest(bundle, position, limit = 40) {
  const placed = bundle.allSites.filter((site) => site.lon !== null && site.lat !== null);
  const found = placed.map((site) => ({ site, metres: metresBetween(position, [site.lon, site.lat]) }));
  return found.sort((a, b) => a.metres - b.metres).slice(0, limit);
}
