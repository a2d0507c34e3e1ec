// The planning map: stops by number, candidates by risk, what is entered at once, the area, hot cells.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { onThemeChange } from "../../helpers/tokens.js";
import { Pen } from "../grid/pen.js";
import { showBackground } from "../map/background.js";
import { SitesLayer } from "../map/sites_layer.js";
import { forgetSigns } from "../map/symbols.js";
import { TileStore } from "../map/tile_store.js";
import { linkGroups, riskLevel } from "./plan-model.js";

const PIN = [30, 30];
const DOT = [18, 18];
const ABOVE = 1000; // of the dots, for pins
const REACH_PX = 14;
const HOT = ["", "90", "95", "99"];

/** `acts`: add(ids), open(stop id), pressed(lon, lat, metres), drawn(ring), corners(n), cell(code), popup(thing) → element */
export class PlanMap {
  #layers = { area: L.layerGroup(), cells: L.layerGroup(), links: L.layerGroup(), dots: L.layerGroup(), pins: L.layerGroup() };
  #markers = new Map();
  #leaving = [];

  constructor(element, settings, acts) {
    this.acts = acts;
    this.map = L.map(element, { zoomControl: false, attributionControl: false, minZoom: 6, maxZoom: 19, zoomSnap: 0.25, fadeAnimation: false });
    L.control.attribution({ prefix: false, position: "bottomright" }).addTo(this.map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(this.map);
    const [west, south, east, north] = settings.box;
    this.home = L.latLngBounds([south, west], [north, east]);
    this.map.fitBounds(this.home, { padding: [16, 16], animate: false });
    const background = showBackground(this.map, settings, () => this.sites?.redraw());
    if (settings.sources.length) background.setBase(0);
    this.#showSites(settings, background);
    for (const layer of Object.values(this.#layers)) layer.addTo(this.map);
    this.pen = new Pen(this.map, { done: (polygon) => this.#drawn(polygon), changed: (n) => acts.corners(n) });
    this.map.on("click", (event) => this.#press(event));
    this.#leaving.push(onThemeChange(() => {
      background.repaint();
      forgetSigns();
      this.sites.redraw();
    }));
    const resized = new ResizeObserver(() => this.map.invalidateSize({ animate: false }));
    resized.observe(element);
    this.#leaving.push(() => resized.disconnect());
  }

  stop() {
    for (const each of this.#leaving) each();
    this.pen.end();
    this.map.remove();
  }

  show(plan, candidates) {
    this.#markers.clear();
    for (const name of ["area", "links", "dots", "pins"]) this.#layers[name].clearLayers();
    if (plan.area) L.geoJSON(plan.area, { interactive: false, style: { className: "outline sweep-area" } }).addTo(this.#layers.area);
    for (const group of linkGroups(plan.stops).values()) this.#link(group);
    const taken = new Set(plan.stops.map(({ site_id }) => site_id));
    for (const each of candidates) if (!taken.has(each.site_id)) this.#dot(each);
    for (const stop of plan.stops) if (stop.lon !== undefined) this.#pin(stop);
  }

  /** Hot cells to choose from: [{ code, level, boundary }]. */
  showCells(cells) {
    this.#layers.cells.clearLayers();
    for (const { code, level, boundary } of cells) {
      L.geoJSON(boundary, { style: { className: `sweep-cell sweep-cell-${HOT[level] ?? "99"}` }, bubblingMouseEvents: false })
        .bindTooltip(t("热点网格：点一下只看这一格"), { sticky: true })
        .on("click", () => this.acts.cell(code))
        .addTo(this.#layers.cells);
    }
  }

  /** Brings stops and candidates into view. */
  fit(things) {
    const places = things.filter(({ lon }) => lon !== undefined).map(({ lat, lon }) => [lat, lon]);
    if (places.length) this.map.fitBounds(L.latLngBounds(places), { paddingTopLeft: [48, 48], paddingBottomRight: [88, 64], maxZoom: 16 });
  }

  /** Candidates step back while the plan itself is looked at. */
  looksAt(name) {
    this.map.getContainer().classList.toggle("is-stops", name === "stops");
  }

  whole() {
    this.map.fitBounds(this.home, { padding: [16, 16] });
  }

  mark(siteId, isOn) {
    const { marker, height } = this.#markers.get(siteId) ?? {};
    marker?.getElement()?.classList.toggle("is-chosen", isOn);
    marker?.setZIndexOffset(isOn ? 2 * ABOVE : height);
    if (isOn && marker && !this.map.getBounds().contains(marker.getLatLng())) this.map.panTo(marker.getLatLng());
  }

  showSite(siteId) {
    const { marker } = this.#markers.get(siteId) ?? {};
    if (!marker) return;
    this.map.setView(marker.getLatLng(), Math.max(this.map.getZoom(), 16));
    marker.openPopup();
  }

  draw(isOn) {
    if (isOn) this.pen.begin();
    else this.pen.end();
  }

  toggleSites(isOn) {
    if (isOn) this.sites.options.store = this.store;
    else this.sites.options.store = NO_TILES;
    this.sites.redraw();
  }

  // ---- what is shown

  #showSites(settings, background) {
    this.store = new TileStore(settings.urls.sites, () => this.sites.redraw());
    this.sites = new SitesLayer({
      store: NO_TILES,
      pointZoom: settings.pointZoom,
      kindOf: (state) => settings.states[state]?.kind ?? "unknown",
      names: (zoom) => background.names(zoom),
      tips: () => [],
      drawn: () => {},
    }).addTo(this.map);
  }

  #pin(stop) {
    const marks = [`sweep-pin`, stop.link && "is-linked", (stop.against || stop.outside.length) && "is-due"].filter(Boolean).join(" ");
    const marker = L.marker([stop.lat, stop.lon], {
      icon: L.divIcon({ className: marks, iconSize: PIN, html: String(Number(stop.number)) }),
      alt: `${stop.number} ${stop.name}`,
      riseOnHover: true,
    });
    marker.setZIndexOffset(ABOVE);
    this.#place(marker, stop, this.#layers.pins, ABOVE);
  }

  #dot(candidate) {
    const marks = `sweep-dot sweep-dot-${riskLevel(candidate.probability)}${candidate.against || candidate.dropped ? " is-held" : ""}`;
    const marker = L.marker([candidate.lat, candidate.lon], {
      icon: L.divIcon({ className: marks, iconSize: DOT }),
      alt: t("候选：{name}", { name: candidate.name }),
      riseOnHover: true,
    });
    this.#place(marker, candidate, this.#layers.dots);
  }

  #place(marker, thing, layer, height = 0) {
    marker.bindTooltip(el("span", {}, thing.name), { direction: "top", offset: [0, -12] });
    marker.bindPopup(() => this.acts.popup(thing), { closeButton: false, minWidth: 220, maxWidth: 300, autoPanPadding: [24, 24] });
    marker.on("popupopen", () => this.acts.open(thing));
    marker.addTo(layer);
    this.#markers.set(thing.site_id, { marker, height });
  }

  /** A line from each to the middle of those that are entered at once. */
  #link(group) {
    const places = group.filter(({ lon }) => lon !== undefined).map(({ lat, lon }) => L.latLng(lat, lon));
    if (places.length < 2) return;
    const middle = L.latLngBounds(places).getCenter();
    const lines = places.length === 2 ? [places] : places.map((place) => [place, middle]);
    L.polyline(lines, { className: "sweep-link", interactive: false }).addTo(this.#layers.links);
  }

  // ---- what a person does

  #press({ latlng, containerPoint }) {
    if (this.pen.isOn) return;
    const aside = this.map.containerPointToLatLng(containerPoint.add([REACH_PX, 0]));
    this.acts.pressed(latlng.lng, latlng.lat, Math.max(20, Math.min(1500, latlng.distanceTo(aside))));
  }

  #drawn(polygon) {
    this.pen.end();
    this.acts.drawn(polygon.coordinates[0].slice(0, -1));
  }
}

const NO_TILES = { get: () => ({}), isWaiting: false };
