// A map of one walk: the cell, the way that was gone with the circle of each fix, and what was found. What is drawn is said in
// words beside it.

import { onThemeChange, token } from "../helpers/tokens.js";
import { showBackground } from "./map/background.js";

const MOST_CIRCLES = 200;

export default function connect(element) {
  const { boundary, track, leads, ...settings } = JSON.parse(element.dataset.settings);
  const map = L.map(element, { zoomControl: true, attributionControl: false, scrollWheelZoom: false, dragging: !matchMedia("(pointer: coarse)").matches, minZoom: 8, maxZoom: 19, zoomSnap: 0.25, keyboard: false, fadeAnimation: false });
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const background = showLand(map, settings, boundary, track);
  const drawn = L.layerGroup().addTo(map);
  const paint = () => {
    drawn.clearLayers();
    drawWalk(drawn, boundary, track, leads);
  };
  paint();
  const stop = onThemeChange(() => {
    background.repaint();
    paint();
  });
  return () => {
    stop();
    map.remove();
  };
}

function showLand(map, settings, boundary, track) {
  const bounds = L.latLngBounds([]);
  if (boundary) bounds.extend(L.geoJSON(boundary).getBounds());
  for (const [lon, lat] of track) bounds.extend([lat, lon]);
  map.fitBounds(bounds, { maxZoom: 18, padding: [24, 24] });
  const background = showBackground(map, settings, () => {});
  if (settings.sources.length) background.setBase(0);
  return background;
}

function drawWalk(layer, boundary, track, leads) {
  const way = token("map-selected");
  if (boundary) L.geoJSON(boundary, { interactive: false, style: { color: token("ink"), weight: 2, dashArray: "8 5", fill: false } }).addTo(layer);
  for (const [lon, lat, accuracy_m] of track.slice(0, MOST_CIRCLES)) {
    if (accuracy_m) L.circle([lat, lon], { radius: accuracy_m, color: way, weight: 1, fillOpacity: 0.08, interactive: false }).addTo(layer);
  }
  if (track.length > 1) L.polyline(track.map(([lon, lat]) => [lat, lon]), { color: way, weight: 4, opacity: 0.8, interactive: false }).addTo(layer);
  for (const [lon, lat] of track.slice(0, 1)) L.circleMarker([lat, lon], { radius: 6, color: token("surface"), weight: 2, fillColor: way, fillOpacity: 1, interactive: false }).addTo(layer);
  for (const [lon, lat] of leads) {
    const icon = L.divIcon({ className: "walk-lead", iconSize: [16, 16] });
    L.marker([lat, lon], { icon, keyboard: false, interactive: false }).addTo(layer);
  }
}
