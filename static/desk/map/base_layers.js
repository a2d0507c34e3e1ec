// Background maps of the operator's configuration. One whose pictures are in GCJ-02 is moved under the map, never the
// map over it: everything else on the page stays WGS-84.

import { el } from "../../helpers/dom.js";
import { toGcj02 } from "./gcj02.js";

/**
 * A tile layer whose pictures lie in GCJ-02: it believes the window's middle to be where GCJ-02 says it is.
 * The shift differs by 2.5 m in a kilometre at most, so it is exact in the middle, within 2 pixels at the edges of
 * a large screen, and set again after each move.
 */
export const Gcj02TileLayer = L.TileLayer.extend({
  getEvents() {
    const events = L.TileLayer.prototype.getEvents.call(this);
    const { moveend } = events;
    events.moveend = function moved(event) {
      if (this._map && !this._map._animatingZoom) this._setZoomTransforms(this._map.getCenter(), this._map.getZoom());
      moveend.call(this, event);
    };
    return events;
  },

  _setZoomTransform(level, center, zoom) {
    L.TileLayer.prototype._setZoomTransform.call(this, level, shifted(center), zoom);
  },

  _getTiledPixelBounds(center) {
    return L.TileLayer.prototype._getTiledPixelBounds.call(this, shifted(center));
  },
});

export function shifted(center) {
  const { lat, lng } = L.latLng(center);
  const [lon, moved] = toGcj02([lng, lat]);
  return L.latLng(moved, lon);
}

/** source: { name, url, datum, attribution, subdomains, max_zoom } */
export function baseLayer(source) {
  const Layer = source.datum === "gcj02" ? Gcj02TileLayer : L.TileLayer;
  return new Layer(source.url, {
    maxNativeZoom: source.max_zoom,
    maxZoom: 19,
    subdomains: source.subdomains.length ? source.subdomains : "abc",
    attribution: el("span", {}, source.attribution).innerHTML,
    pane: "base",
  });
}
