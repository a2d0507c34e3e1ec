// The routes of a sweep: each team's way in its look, its stops by their numbers, and what has none. Positions are
// here for who is on the need-to-know list alone; nothing of it is kept.

import { onThemeChange } from "../../helpers/tokens.js";
import { showBackground } from "../map/background.js";

const LOOKS = 6;

export default function connect(element) {
  const { teams, out, ...settings } = JSON.parse(element.dataset.settings);
  const map = L.map(element, { zoomControl: true, attributionControl: false, scrollWheelZoom: !matchMedia("(max-width: 60rem)").matches, minZoom: 8, maxZoom: 19, zoomSnap: 0.25, fadeAnimation: false });
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const all = [...out, ...teams.flatMap((team) => [team, ...team.stops])].map(({ lon, lat }) => [lat, lon]);
  map.setView([35, 105], 8);
  if (all.length) map.fitBounds(L.latLngBounds(all), { maxZoom: 15, padding: [40, 40], animate: false });
  const background = showBackground(map, settings, () => {});
  if (settings.sources.length) background.setBase(0);
  const pins = new Map();
  for (const team of teams) showTeam(team, map, pins);
  for (const stop of out) pins.set(stop.id, pin(stop, "!", "out", map));
  const stopPainting = onThemeChange(() => background.repaint());
  const leave = followList(pins, map);
  return () => {
    leave();
    stopPainting();
    map.remove();
  };
}

function showTeam(team, map, pins) {
  const look = (team.number - 1) % LOOKS;
  const way = [[team.lat, team.lon], ...team.stops.map(({ lon, lat }) => [lat, lon])];
  if (way.length > 1) L.polyline(way, { className: `route-line route-look-${look}`, interactive: false, renderer: L.svg() }).addTo(map);
  const start = L.divIcon({ className: `route-pin route-start route-look-${look}`, iconSize: null, html: String(Number(team.number)) });
  L.marker([team.lat, team.lon], { icon: start, interactive: false, keyboard: false, alt: String(team.number) }).addTo(map);
  for (const stop of team.stops) pins.set(stop.id, pin(stop, `${Number(team.number)}·${Number(stop.number)}`, look, map));
}

/** Numbers are all that a pin shows; a name is only ever set as text. */
function pin({ id, lon, lat, label }, text, look, map) {
  const icon = L.divIcon({ className: `route-pin route-look-${look}`, iconSize: null, html: text });
  const marker = L.marker([lat, lon], { icon, alt: `${text} ${label}`, riseOnHover: true }).addTo(map);
  const name = document.createElement("span");
  name.textContent = label;
  marker.bindTooltip(name, { direction: "top", offset: [10, -6] });
  marker.on("click", () => {
    const row = document.getElementById(`s-${id}`);
    row?.scrollIntoView({ block: "center" });
    row?.querySelector("button, summary")?.focus({ preventScroll: true });
  });
  return marker;
}

/** Pointing at a stop in the list, or reaching it by key, marks it on the map. */
function followList(pins, map) {
  const mark = (event, isOn) => {
    const row = event.target.closest?.(".route-stop");
    const marker = row && pins.get(row.dataset.stop);
    marker?.getElement()?.classList.toggle("is-chosen", isOn);
    if (marker && isOn && event.type === "focusin" && !map.getBounds().contains(marker.getLatLng())) map.panTo(marker.getLatLng());
  };
  const on = (event) => mark(event, true);
  const off = (event) => mark(event, false);
  const turns = [["mouseover", on], ["mouseout", off], ["focusin", on], ["focusout", off]];
  for (const [name, turn] of turns) document.addEventListener(name, turn);
  return () => turns.forEach(([name, turn]) => document.removeEventListener(name, turn));
}
