// Cells on a map from the bundle alone, with what is known in them, and the way that a walk went. No signal is needed.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { onThemeChange, token } from "../../helpers/tokens.js";
import { cellName, cellState } from "../helpers/cell.js";
import { boxOf, isHeardOf, knownIn } from "../models/cell-ground.js";
import { drawMe, drawSite, fetchMap } from "./map.js";

const CIRCLE_LEAST_M = 25;

/** { setFix(fix, track), close() } of a map of cells in `box`. `onOpen(cell)`: where a tap on one leads; else they are not tapped. */
export async function openCellMap(box, app, cells, onOpen = null) {
  const L = await fetchMap();
  const map = L.map(box, { preferCanvas: true, zoomControl: false, attributionControl: false, minZoom: 7, maxZoom: 19, zoomSnap: 0.25 });
  L.control.scale({ imperial: false }).addTo(map);
  const [ground, way, me] = [L.layerGroup(), L.layerGroup(), L.layerGroup()].map((layer) => layer.addTo(map));
  const shapes = cells.map((cell) => [cell, app.bundle.shapeOf(cell.id)]).filter(([, shape]) => shape);
  let [fix, track] = [app.whereabouts.any(), []];
  const paint = () => {
    ground.clearLayers();
    for (const [cell, shape] of shapes) drawCell(L, ground, app, cell, shape, { onOpen, isOne: shapes.length === 1 });
    drawWay(L, way, track);
    drawMe(L, me, fix);
  };
  look(L, map, app, shapes);
  paint();
  const stop = onThemeChange(paint);
  return {
    setFix(next, steps = []) {
      const isSame = next === fix && steps.length === track.length;
      [fix, track] = [next, steps];
      if (isSame) return;
      drawWay(L, way, track);
      drawMe(L, me, fix);
    },
    close() {
      stop();
      map.remove();
    },
  };
}

function look(L, map, app, shapes) {
  const boxes = shapes.map(([, shape]) => boxOf(shape));
  const [west, south, east, north] = app.bundle.county.boundary_box ?? [73, 18, 135, 54];
  const bounds = boxes.length ? boxes.flatMap(([w, s, e, n]) => [[s, w], [n, e]]) : [[south, west], [north, east]];
  map.fitBounds(bounds, { maxZoom: 17, padding: [16, 16] });
}

function drawCell(L, layer, app, cell, shape, { onOpen, isOne }) {
  const [kind] = cell.dues ? cellState(cell) : ["unknown"];
  const style = { color: token(isOne ? "map-selected" : kind), weight: isOne ? 3 : 2, fillColor: token(kind), fillOpacity: isOne ? 0.08 : 0.25, interactive: Boolean(onOpen) };
  const drawn = L.geoJSON(shape, { style, interactive: Boolean(onOpen) }).addTo(layer);
  if (onOpen) drawn.on("click", () => onOpen(cell)).bindTooltip(el("span", {}, cellName(cell)));
  if (isOne) drawKnown(L, layer, app, shape);
}

function drawKnown(L, layer, app, shape) {
  const { suspected, watched, others, tips } = knownIn(app.bundle, shape);
  for (const tip of tips) drawTip(L, layer, app, tip);
  for (const site of [...others, ...watched, ...suspected]) drawSite(L, layer, app, site);
}

/** A place that was only heard of is a circle; so is that of a tip. */
function drawTip(L, layer, app, tip) {
  const color = token("due");
  const words = [t("有人反映"), app.bundle.categoryOf({ kind: "suspected", category: tip.category })].filter(Boolean).join(" · ");
  const radius = Math.max(tip.uncertainty_m ?? 0, CIRCLE_LEAST_M);
  L.circle([tip.lat, tip.lon], { radius, color, weight: 2, dashArray: isHeardOf(tip) ? "6 5" : null, fillColor: color, fillOpacity: 0.15 }).bindTooltip(el("span", {}, words)).addTo(layer);
}

function drawWay(L, layer, track) {
  layer.clearLayers();
  if (track.length < 2) return;
  L.polyline(track.map(({ lat, lon }) => [lat, lon]), { color: token("map-selected"), weight: 4, opacity: 0.7, interactive: false }).addTo(layer);
}
