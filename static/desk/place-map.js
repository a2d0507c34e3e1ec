// A small map of one place: the land and borders around it, its sign, and the circle in which it may lie. Where nothing else is drawn, the words beside it say the place.

import { onThemeChange } from "../helpers/tokens.js";
import { showBackground } from "./map/background.js";

export default function connect(element) {
  const { lon, lat, label, radius_m: radius = 0, ...settings } = JSON.parse(element.dataset.settings);
  const map = L.map(element, { zoomControl: false, attributionControl: false, scrollWheelZoom: false, dragging: !matchMedia("(pointer: coarse)").matches, minZoom: 8, maxZoom: 18, keyboard: false, fadeAnimation: false });
  const circle = radius > 0 ? L.circle([lat, lon], { radius, className: "place-circle", interactive: false }) : null;
  map.setView([lat, lon], 15);
  if (circle) map.fitBounds(L.latLng(lat, lon).toBounds(2.4 * Math.max(radius, 120)), { animate: false, maxZoom: 16 });
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const background = showBackground(map, settings, () => {});
  if (settings.sources.length) background.setBase(0);
  circle?.addTo(map);
  const icon = L.divIcon({ className: "place-pin", iconSize: [18, 18] });
  L.marker([lat, lon], { icon, keyboard: false, interactive: false, alt: label }).addTo(map);
  const stop = onThemeChange(() => background.repaint());
  return () => {
    stop();
    map.remove();
  };
}
