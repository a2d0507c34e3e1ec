// A small map from the bundle alone: the townships, the sites, me. No tiles, so no signal is needed.

import { el } from "../../helpers/dom.js";
import { onThemeChange, token } from "../../helpers/tokens.js";
import { gradeOf, siteState } from "../helpers/words.js";
import { nearest } from "../models/nearest.js";

const NEAR_ZOOM = 16;
const NEAREST = 6;
const FAR_M = 30_000;
const SITE_TOKENS = { school: "site-school", institution: "site-institution", suspected: "site-suspected" };

/** { setFix(fix), close(), leaflet } of a map of the county in `box`. `picks`: it is for pointing out a place, and nothing on it
 * leads elsewhere. */
export async function openMap(box, app, { picks = false } = {}) {
  const L = await fetchMap();
  const map = L.map(box, { preferCanvas: true, zoomControl: false, attributionControl: false, minZoom: 7, maxZoom: 19 });
  L.control.scale({ imperial: false }).addTo(map);
  const drawn = L.layerGroup().addTo(map);
  const me = L.layerGroup().addTo(map);
  let fix = app.whereabouts.any();
  const paint = () => {
    drawn.clearLayers();
    drawTownships(L, drawn, app.bundle);
    if (!picks) drawSites(L, drawn, app);
    drawMe(L, me, fix);
  };
  look(map, app.bundle, fix);
  paint();
  const stop = onThemeChange(paint);
  if (!picks) map.on("contextmenu", ({ latlng }) => app.go(`/m/sites/new?lon=${latlng.lng.toFixed(6)}&lat=${latlng.lat.toFixed(6)}`));
  return {
    leaflet: map,
    setFix(next) {
      fix = next;
      drawMe(L, me, fix);
    },
    close() {
      stop();
      map.remove();
    },
  };
}

/** Leaflet; brought while there is a signal, so that the map opens without one. */
export async function fetchMap() {
  if (!globalThis.L) await Promise.all([import("../../vendor/leaflet/leaflet.js"), fetchSheet()]);
  return globalThis.L;
}

function fetchSheet() {
  const link = document.createElement("link");
  Object.assign(link, { rel: "stylesheet", href: new URL("../../vendor/leaflet/leaflet.css", import.meta.url) });
  return new Promise((resolve, reject) => {
    Object.assign(link, { onload: resolve, onerror: reject });
    document.head.append(link);
  });
}

/** Where I am with the nearest sites around me; the whole county while I am unknown or far from all of them. */
function look(map, bundle, fix) {
  const near = fix ? nearest(bundle, [fix.lon, fix.lat], NEAREST).filter(({ metres }) => metres < FAR_M) : [];
  const [west, south, east, north] = bundle.county.boundary_box ?? [73, 18, 135, 54];
  const shown = near.length ? [fix, ...near.map(({ site }) => site)] : [{ lon: west, lat: south }, { lon: east, lat: north }];
  map.fitBounds(shown.map(({ lat, lon }) => [lat, lon]), { maxZoom: NEAR_ZOOM, padding: [32, 32] });
}

function drawTownships(L, layer, bundle) {
  const style = { color: token("map-boundary"), weight: 1.5, fill: false, interactive: false };
  for (const { name, boundary } of bundle.townships) {
    if (!boundary) continue;
    const shape = L.geoJSON(boundary, { style, interactive: false }).addTo(layer);
    L.tooltip(shape.getBounds().getCenter(), { permanent: true, direction: "center", className: "map-label", content: el("span", {}, name) }).addTo(layer);
  }
}

function drawSites(L, layer, app) {
  for (const site of app.bundle.allSites) if (site.lon !== null && site.lat !== null) drawSite(L, layer, app, site);
}

export function drawSite(L, layer, app, site) {
  const [kind] = siteState(app.bundle, site);
  const fillColor = token(kind);
  const color = token(SITE_TOKENS[site.kind] ?? "ink");
  const dot = new (shapes(L))([site.lat, site.lon], { kind: site.kind, radius: 9, weight: 2.5, color, fillColor, fillOpacity: 0.9, bubblingMouseEvents: false });
  dot.on("click", () => app.go(`/m/sites/${site.id}`)).bindTooltip(el("span", {}, site.name)).addTo(layer);
}

let Shape = null;

/** Marks that differ by shape first: a school is square, a suspected site stands on its corner, the others are round. */
function shapes(L) {
  Shape ??= L.CircleMarker.extend({
    _updatePath() {
      const { _ctx: ink, _drawing: isDrawing } = this._renderer;
      const { kind } = this.options;
      if (kind === "institution") return L.CircleMarker.prototype._updatePath.call(this);
      if (!isDrawing || this._empty()) return;
      const { x, y } = this._point;
      const r = this._radius;
      const corners = kind === "school" ? [[-r, -r], [r, -r], [r, r], [-r, r]].map(([a, b]) => [a * 0.85, b * 0.85]) : [[0, -r], [r, 0], [0, r], [-r, 0]].map(([a, b]) => [a * 1.15, b * 1.15]);
      ink.beginPath();
      for (const [a, b] of corners) ink.lineTo(x + a, y + b);
      ink.closePath();
      this._renderer._fillStroke(ink, this);
    },
  });
  return Shape;
}

export function drawMe(L, layer, fix) {
  layer.clearLayers();
  if (!fix) return;
  const color = token("map-selected");
  if (fix.accuracy_m) L.circle([fix.lat, fix.lon], { radius: fix.accuracy_m, color, weight: 1, fillOpacity: 0.12, interactive: false }).addTo(layer);
  const words = gradeOf(fix).radius;
  L.circleMarker([fix.lat, fix.lon], { radius: 7, color: token("surface"), weight: 3, fillColor: color, fillOpacity: 1 }).bindTooltip(el("span", {}, words)).addTo(layer);
}
