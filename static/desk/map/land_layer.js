// Roads, water, compounds and buildings, painted tile by tile: Leaflet clips each tile, so no seam is stroked.

import { token } from "../../helpers/tokens.js";
import { decode } from "./mvt.js";

const SIDE = 512;
const NAMES_FROM = 15;
const MAX_DATA_ZOOM = 17;

export const LandLayer = L.GridLayer.extend({
  initialize(template, options) {
    this._template = template;
    this._names = new Map();
    L.GridLayer.prototype.initialize.call(this, { tileSize: SIDE, pane: "land", maxNativeZoom: MAX_DATA_ZOOM + 1, ...options });
    this.on("tileunload", ({ coords }) => this._names.delete(this._tileCoordsToKey(coords)));
  },

  createTile(coords, done) {
    const canvas = document.createElement("canvas");
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = SIDE * ratio;
    this._load(coords, canvas, ratio).then(() => done(null, canvas), (error) => done(error, canvas));
    return canvas;
  },

  async _load(coords, canvas, ratio) {
    // A tile of 512 pixels at this zoom is one of 256 at the zoom below.
    const address = this._template.replace("{z}", coords.z - 1).replace("{x}", coords.x).replace("{y}", coords.y);
    if (coords.z < 1) return;
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`land ${answer.status}`);
    if (answer.status === 204) return;
    const layers = decode(new Uint8Array(await answer.arrayBuffer()));
    const context = canvas.getContext("2d");
    context.scale((SIDE * ratio) / 4096, (SIDE * ratio) / 4096);
    paint(context, layers, coords.z);
    this._remember(coords, layers);
    this.fire("named");
  },

  /** Names of compounds and water, where their shapes' middles lie inside the tile. */
  _remember(coords, layers) {
    if (coords.z < NAMES_FROM) return;
    const names = [];
    for (const kind of ["compound", "water"]) {
      for (const { type, properties, parts } of layers[kind]?.features ?? []) {
        const [x, y] = type === 3 && properties.name ? middle(parts[0]) : [-1, -1];
        if (x < 0 || y < 0 || x >= 4096 || y >= 4096) continue;
        const point = L.point((coords.x + x / 4096) * SIDE, (coords.y + y / 4096) * SIDE);
        const { lat, lng } = this._map.unproject(point, coords.z);
        names.push({ name: properties.name, lat, lon: lng, size: 12, weight: 400, muted: true });
      }
    }
    this._names.set(this._tileCoordsToKey(coords), names);
  },

  names(zoom) {
    return zoom < NAMES_FROM ? [] : [...this._names.values()].flat();
  },
});

function middle(ring) {
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < ring.length; at += 2) {
    west = Math.min(west, ring[at]);
    east = Math.max(east, ring[at]);
    north = Math.min(north, ring[at + 1]);
    south = Math.max(south, ring[at + 1]);
  }
  return [(west + east) / 2, (north + south) / 2];
}

function paint(context, layers, zoom) {
  const px = 4096 / SIDE;
  fill(context, layers.compound, token("map-compound"));
  for (const { type, properties, parts } of layers.water?.features ?? []) {
    trace(context, parts, type === 3);
    if (type === 3) {
      context.fillStyle = token("map-water");
      context.fill();
    } else stroke(context, token("map-water"), px * width(properties.rank, zoom));
  }
  fill(context, layers.building, token("map-building"));
  const roads = [...(layers.road?.features ?? [])].sort((a, b) => b.properties.rank - a.properties.rank);
  for (const [colour, more] of [["map-road-edge", 2], ["map-road", 0]]) {
    for (const { properties, parts } of roads) {
      trace(context, parts, false);
      stroke(context, token(colour), px * (width(properties.rank, zoom) + more));
    }
  }
}

function fill(context, layer, colour) {
  for (const { parts } of layer?.features ?? []) {
    trace(context, parts, true);
    context.fillStyle = colour;
    context.fill("evenodd");
  }
}

function width(rank, zoom) {
  return Math.max(0.6, [0, 4, 3, 2, 1.4, 1][rank] * 1.45 ** (zoom - 14));
}

function stroke(context, colour, lineWidth) {
  Object.assign(context, { strokeStyle: colour, lineWidth, lineCap: "round", lineJoin: "round" });
  context.stroke();
}

function trace(context, parts, isClosed) {
  context.beginPath();
  for (const part of parts) {
    context.moveTo(part[0], part[1]);
    for (let at = 2; at < part.length; at += 2) context.lineTo(part[at], part[at + 1]);
    if (isClosed) context.closePath();
  }
}
