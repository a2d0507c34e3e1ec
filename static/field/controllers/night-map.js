// The team's stops on a map from what the phone keeps, in the order of the route. No tiles, so no signal is needed.

import { el } from "../../helpers/dom.js";
import { onThemeChange, token } from "../../helpers/tokens.js";
import { stopState } from "../helpers/night.js";
import { drawMe, fetchMap } from "./map.js";

/** { setStops(stops), setFix(fix), close() } of a map in `box`. */
export async function openNightMap(box, app, given) {
  const L = await fetchMap();
  const map = L.map(box, { preferCanvas: true, zoomControl: false, attributionControl: false, minZoom: 7, maxZoom: 19, zoomSnap: 0.25 });
  L.control.scale({ imperial: false }).addTo(map);
  const [way, me] = [L.layerGroup(), L.layerGroup()].map((layer) => layer.addTo(map));
  let [stops, fix] = [given, app.whereabouts.any()];
  const paint = () => {
    way.clearLayers();
    drawWay(L, way, app, placed(stops));
    drawMe(L, me, fix);
  };
  const points = placed(stops).map(({ site }) => [site.lat, site.lon]);
  const [west, south, east, north] = app.bundle.county.boundary_box ?? [73, 18, 135, 54];
  map.fitBounds(points.length ? points : [[south, west], [north, east]], { maxZoom: 16, padding: [36, 36] });
  paint();
  const stop = onThemeChange(paint);
  return {
    setStops(next) {
      stops = next;
      paint();
    },
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

function placed(stops) {
  return stops.filter(({ site, isGone }) => !isGone && site.lon !== null && site.lat !== null);
}

function drawWay(L, layer, app, stops) {
  const line = stops.map(({ site }) => [site.lat, site.lon]);
  L.polyline(line, { color: token("map-selected"), weight: 3, opacity: 0.6, dashArray: "6 6", interactive: false }).addTo(layer);
  for (const [place, stop] of stops.entries()) {
    const [kind] = stopState(stop);
    const mark = L.circleMarker([stop.site.lat, stop.site.lon], { radius: 14, weight: 3, color: token("surface"), fillColor: token(kind), fillOpacity: 1, bubblingMouseEvents: false });
    mark.on("click", () => app.go(`/m/stop/${stop.id}`)).addTo(layer);
    L.tooltip({ permanent: true, direction: "center", className: "map-label night-number", content: el("span", {}, String(place + 1)) }).setLatLng([stop.site.lat, stop.site.lon]).addTo(layer);
  }
}
