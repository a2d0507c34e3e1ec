// All sites in view on one canvas: nothing is cut at the edge of a tile, words make room for each other, and what is
// drawn can be pointed at. Text goes to fillText, which knows no markup.

import { token } from "../../helpers/tokens.js";
import { cluster, radius } from "./clusters.js";
import { Picker, Room } from "./places.js";
import { drawCluster, drawSelection, drawSite, drawTip } from "./symbols.js";

const EXTENT = 4096;
const MARGIN = 0.2; // of the window, drawn beyond each side, so that a drag shows no empty edge
const LABELS_FROM = 15;
const MOST_LABELS = 300;
const ASIDE = [0, 1.8, -1.8, 2.8, -2.8]; // where else a name may stand, in lines
const HEAVY = { problem: 0, due: 1, unknown: 2, ok: 3 };

/** options: { store, pointZoom, kindOf(state), names() → area names, tips() → tips, drawn(layer) } */
export const SitesLayer = L.Layer.extend({
  initialize(options) {
    L.setOptions(this, options);
    this.things = [];
    this.selected = null;
    this.hovered = null;
  },

  onAdd(map) {
    this._canvas = L.DomUtil.create("canvas", "map-canvas leaflet-zoom-animated");
    this._canvas.setAttribute("aria-hidden", "true");
    map.getPane("overlayPane").append(this._canvas);
    this.redraw();
  },

  onRemove() {
    cancelAnimationFrame(this._frame);
    this._canvas.remove();
  },

  getEvents() {
    return { moveend: this._draw, viewreset: this._draw, resize: this._draw, zoomanim: this._follow };
  },

  /** Draws once, however often it was asked for before the next frame. */
  redraw() {
    cancelAnimationFrame(this._frame);
    this._frame = requestAnimationFrame(() => this._map && !this._map._animatingZoom && this._draw());
  },

  select(place) {
    this.selected = place;
    this.redraw();
  },

  /** What is drawn at a point of the window: a site, a circle or a tip. */
  thingAt(point, reach) {
    const at = this._map.containerPointToLayerPoint(point).subtract(this._corner);
    return this._picker?.at(at.x, at.y, reach) ?? null;
  },

  latLngOf(thing) {
    return this._map.layerPointToLatLng(L.point(thing.x, thing.y).add(this._corner));
  },

  _follow({ zoom, center }) {
    const scale = this._map.getZoomScale(zoom, this._zoom);
    const corner = this._map._latLngToNewLayerPoint(this._cornerLatLng, zoom, center);
    L.DomUtil.setTransform(this._canvas, corner, scale);
  },

  _draw() {
    const map = this._map;
    const size = map.getSize();
    const margin = size.multiplyBy(MARGIN).round();
    const whole = size.add(margin.multiplyBy(2));
    const ratio = window.devicePixelRatio || 1;
    this._zoom = map.getZoom();
    this._corner = map.containerPointToLayerPoint(margin.multiplyBy(-1)).round();
    this._cornerLatLng = map.layerPointToLatLng(this._corner);
    this._margin = margin;
    const canvas = this._canvas;
    const [width, height] = [Math.round(whole.x * ratio), Math.round(whole.y * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      Object.assign(canvas.style, { width: `${whole.x}px`, height: `${whole.y}px` });
    }
    L.DomUtil.setTransform(canvas, this._corner, 1);
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, whole.x, whole.y);
    this._paint(context, whole);
    this.options.drawn(this);
  },

  _paint(context, whole) {
    const points = this._zoom >= this.options.pointZoom ? this._sites(whole) : null;
    const circles = points ? [] : this._circles(whole);
    const tips = this._tips();
    const room = new Room();
    for (const { x, y, r } of points ?? circles) if (points) room.claim(x - r, y - r, 2 * r, 2 * r);
    for (const circle of circles) {
      if (circle.n === 1) drawSite(context, kindIn(circle), circle.open ? "due" : "ok", circle.x, circle.y, 0.85);
      else drawCluster(context, circle, circle.x, circle.y);
      room.claim(circle.x - circle.r, circle.y - circle.r, 2 * circle.r, 2 * circle.r);
    }
    for (const site of points ?? []) drawSite(context, site.kind, site.colour, site.x, site.y);
    for (const tip of tips) drawTip(context, tip.x, tip.y + 6);
    this._mark(context);
    this._write(context, room, points ?? []);
    this.isPoints = Boolean(points);
    this.things = [...(points ?? circles), ...tips];
    this._picker = new Picker(this.things);
  },

  _mark(context) {
    if (!this.selected || this.selected.lat === undefined) return;
    const { x, y } = this._place(this.selected.lat, this.selected.lon);
    drawSelection(context, x, y);
  },

  _place(lat, lon) {
    return this._map.latLngToLayerPoint([lat, lon]).subtract(this._corner);
  },

  /** Every feature of a layer in the tiles that cover the canvas, with its place on it. */
  *_features(dataZoom, name, whole) {
    const scale = 2 ** (this._zoom - dataZoom);
    const side = 256 * scale;
    const origin = this._map.getPixelOrigin().add(this._corner);
    const last = 2 ** dataZoom - 1;
    const [left, top] = [Math.floor(origin.x / side), Math.floor(origin.y / side)].map((at) => Math.max(0, at));
    const right = Math.min(last, Math.floor((origin.x + whole.x) / side));
    const bottom = Math.min(last, Math.floor((origin.y + whole.y) / side));
    for (let x = left; x <= right; x += 1) {
      for (let y = top; y <= bottom; y += 1) {
        for (const feature of this.options.store.get(dataZoom, x, y)?.[name]?.features ?? []) {
          const [fx, fy] = feature.parts[0];
          const world = { x: (x + fx / EXTENT) * side, y: (y + fy / EXTENT) * side };
          yield { feature, world, x: world.x - origin.x, y: world.y - origin.y };
        }
      }
    }
  },

  _sites(whole) {
    const dataZoom = Math.max(this.options.pointZoom, Math.min(Math.round(this._zoom) - 1, 15));
    const seen = new Map();
    for (const { feature, x, y } of this._features(dataZoom, "sites", whole)) {
      const about = feature.properties;
      // A tile holds what lies around it too, so a site may come twice.
      if (!seen.has(about.id)) seen.set(about.id, { ...about, colour: this.options.kindOf(about.state), x, y, r: 9, is: "site" });
    }
    return [...seen.values()].sort((a, b) => HEAVY[b.colour] - HEAVY[a.colour] || a.y - b.y);
  },

  _circles(whole) {
    const dataZoom = Math.max(0, Math.min(Math.round(this._zoom) - 1, this.options.pointZoom - 1));
    const cells = [];
    let origin = null;
    for (const { feature, world, x, y } of this._features(dataZoom, "cells", whole)) {
      origin ??= { x: world.x - x, y: world.y - y };
      cells.push({ ...feature.properties, ...world });
    }
    return cluster(cells).map((circle) => ({
      ...circle, x: circle.x - origin.x, y: circle.y - origin.y, r: radius(circle.n), is: "cluster",
    }));
  },

  _tips() {
    return this.options.tips().map((tip) => {
      const { x, y } = this._place(tip.lat, tip.lon);
      return { ...tip, x, y: y - 6, r: 8, is: "tip" };
    });
  },

  _write(context, room, sites) {
    const halo = token("map-halo");
    const font = token("font");
    const put = (words, x, y, size, colour, weight, align) => {
      context.font = `${weight} ${size}px ${font}`;
      const width = context.measureText(words).width;
      const left = align === "center" ? x - width / 2 : x;
      if (!room.claim(left - 2, y - size * 0.7, width + 4, size * 1.4)) return false;
      Object.assign(context, { textAlign: "left", textBaseline: "middle", lineWidth: 3.5, lineJoin: "round" });
      Object.assign(context, { strokeStyle: halo, fillStyle: colour });
      context.strokeText(words, left, y);
      context.fillText(words, left, y);
      return true;
    };
    const ink = token("map-label");
    for (const { name, lat, lon, size, weight, muted } of this.options.names(this._zoom)) {
      const { x, y } = this._place(lat, lon);
      ASIDE.some((aside) => put(name, x, y + aside * size, size, muted ? token("ink-muted") : ink, weight, "center"));
    }
    if (this._zoom < LABELS_FROM) return;
    for (const { id, name, x, y } of sites.slice(-MOST_LABELS).reverse()) {
      put(shorten(name), x + (id === this.selected?.id ? 20 : 12), y, 12.5, ink, 500, "left");
    }
  },

  /** How many sites lie in the window itself. */
  countInView() {
    const { x: right, y: bottom } = this._map.getSize().add(this._margin);
    const { x: left, y: top } = this._margin;
    return this.things
      .filter(({ is, x, y }) => is !== "tip" && x >= left && x <= right && y >= top && y <= bottom)
      .reduce((sum, { n }) => sum + (n ?? 1), 0);
  },
});

function kindIn({ school, institution }) {
  if (school) return "school";
  return institution ? "institution" : "suspected";
}

function shorten(name) {
  const letters = [...name.replace(/\s+/g, " ")];
  return letters.length > 16 ? `${letters.slice(0, 15).join("")}…` : letters.join("");
}
