// A small map of one place: the land and borders around it, and its sign. Where nothing else is drawn, the words beside it say the place.

import { onThemeChange } from "../helpers/tokens.js";
import { showBackground } from "./map/background.js";

export default function connect(element) {
  const { lon, lat, label, ...settings } = JSON.parse(element.dataset.settings);
  const map = L.map(element, { zoomControl: false, attributionControl: false, scrollWheelZoom: false, dragging: !matchMedia("(pointer: coarse)").matches, minZoom: 8, maxZoom: 18, keyboard: false, fadeAnimation: false });
  map.setView([lat, lon], 15);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const background = showBackground(map, settings, () => {});
  if (settings.sources.length) background.setBase(0);
  const icon = L.divIcon({ className: "place-pin", iconSize: [18, 18] });
  L.marker([lat, lon], { icon, keyboard: false, interactive: false, alt: label }).addTo(map);
  const stop = onThemeChange(() => background.repaint());
  return () => {
    stop();
    map.remove();
  };
}
