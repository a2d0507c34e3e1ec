// How far and which way. Positions are [lon, lat] in WGS-84 degrees; distances are metres on a sphere (error under 0.6 %).

import { marked, t } from "./i18n.js";

const EARTH_RADIUS_M = 6_371_008.8;
const WINDS = [marked("北"), marked("东北"), marked("东"), marked("东南"), marked("南"), marked("西南"), marked("西"), marked("西北")];

/** 8 米 · 350 米 · 1.2 公里 · 23 公里 */
export function distance(metres) {
  if (!Number.isFinite(metres) || metres < 0) return t("距离不详");
  const rounded = metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10;
  if (rounded < 1000) return t("{n} 米", { n: rounded });
  const kilometres = metres < 9950 ? (metres / 1000).toFixed(1) : Math.round(metres / 1000);
  return t("{n} 公里", { n: kilometres });
}

/** Metres from one position to another (haversine). */
export function metresBetween(from, to) {
  const [lon1, lat1, lon2, lat2] = [...from, ...to].map(radians);
  const h = Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin((lon2 - lon1) / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The initial bearing, degrees clockwise from north, 0 ≤ b < 360. */
export function bearing(from, to) {
  const [lon1, lat1, lon2, lat2] = [...from, ...to].map(radians);
  const east = Math.sin(lon2 - lon1) * Math.cos(lat2);
  const north = Math.cos(lat1) * Math.sin(lat2) - Math.sin(lat1) * Math.cos(lat2) * Math.cos(lon2 - lon1);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** One of eight winds: 北 东北 东 … */
export function direction(degrees) {
  return t(WINDS[Math.round((((degrees % 360) + 360) % 360) / 45) % 8]);
}

/** 东北 350 米; at less than 5 m there is no way to go: 就在这里. */
export function whereFrom(from, to) {
  const metres = metresBetween(from, to);
  if (metres < 5) return t("就在这里");
  return `${direction(bearing(from, to))} ${distance(metres)}`;
}

function radians(degrees) {
  return (degrees * Math.PI) / 180;
}
