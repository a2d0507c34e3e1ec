// A map of a target list: each visit by its number, as in the list beside it. A press on one leads to the other.

import { onThemeChange } from "../helpers/tokens.js";
import { showBackground } from "./map/background.js";

const SIZE = [28, 28];

export default function connect(element) {
  const { stops, ...settings } = JSON.parse(element.dataset.settings);
  const map = L.map(element, { zoomControl: true, attributionControl: false, scrollWheelZoom: !matchMedia("(max-width: 60rem)").matches, minZoom: 8, maxZoom: 19, zoomSnap: 0.25, fadeAnimation: false });
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  map.setView([35, 105], 8);
  if (stops.length) map.fitBounds(L.latLngBounds(stops.map(({ lon, lat }) => [lat, lon])), { maxZoom: 15, padding: [40, 40], animate: false });
  const background = showBackground(map, settings, () => {});
  if (settings.sources.length) background.setBase(0);
  const pins = new Map(stops.map((stop) => [stop.id, pin(stop, map)]));
  const stopPainting = onThemeChange(() => background.repaint());
  const leave = followList(pins, map);
  return () => {
    leave();
    stopPainting();
    map.remove();
  };
}

/** The number is all that a pin shows; a name is only ever set as text. */
function pin({ id, number, part, lon, lat, label }, map) {
  const icon = L.divIcon({ className: `target-pin target-pin-${part}`, iconSize: SIZE, html: String(Number(number)) });
  const marker = L.marker([lat, lon], { icon, alt: `${number} ${label}`, riseOnHover: true }).addTo(map);
  const name = document.createElement("span");
  name.textContent = label;
  marker.bindTooltip(name, { direction: "top", offset: [0, -14] });
  marker.on("click", () => {
    const row = document.getElementById(`e-${id}`);
    row?.scrollIntoView({ block: "center" });
    row?.querySelector("a")?.focus({ preventScroll: true });
  });
  return marker;
}

/** Pointing at a visit in the list, or reaching it by key, marks its number on the map. */
function followList(pins, map) {
  const mark = (event, isOn) => {
    const row = event.target.closest?.(".visit");
    const marker = row && pins.get(row.id.slice(2));
    marker?.getElement()?.classList.toggle("is-chosen", isOn);
    if (marker && isOn && event.type === "focusin" && !map.getBounds().contains(marker.getLatLng())) map.panTo(marker.getLatLng());
  };
  const on = (event) => mark(event, true);
  const off = (event) => mark(event, false);
  const turns = [["mouseover", on], ["mouseout", off], ["focusin", on], ["focusout", off]];
  for (const [name, turn] of turns) document.addEventListener(name, turn);
  return () => turns.forEach(([name, turn]) => document.removeEventListener(name, turn));
}
