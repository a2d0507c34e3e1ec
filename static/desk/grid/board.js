// A map of cells: the land below, the cells over it, each in the look that the page gives it, chosen by click, key or box.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { onThemeChange } from "../../helpers/tokens.js";
import { showBackground } from "../map/background.js";
import { BoxTool } from "../map/box_tool.js";
import { addHatches, hatchOf } from "./hatches.js";

export class Board {
  constructor(element, settings) {
    this.element = element;
    this.settings = settings;
    this.map = L.map(element, { zoomControl: false, minZoom: 4, maxZoom: 19, zoomSnap: 0.5, fadeAnimation: false, attributionControl: false, doubleClickZoom: false });
    L.control.zoom({ position: "topright", zoomInTitle: t("放大"), zoomOutTitle: t("缩小") }).addTo(this.map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(this.map);
    this.background = showBackground(this.map, settings, () => {});
    if (settings.sources.length) this.background.setBase(0);
    const [west, south, east, north] = settings.box;
    this.map.fitBounds([[south, west], [north, east]], { padding: [16, 16] });
    this.renderer = L.svg({ padding: 0.5 }).addTo(this.map);
    addHatches(this.renderer._container);
    this.layers = new Map();
    this.tip = el("p", { class: "grid-tip", hidden: true });
    element.append(this.tip);
    this.stopping = [onThemeChange(() => this.background.repaint())];
  }

  stop() {
    for (const each of this.stopping) each();
    this.map.remove();
  }

  async load(address) {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return (await answer.json()).features;
  }

  /** `look(properties)` gives { look, label }; `click(properties)` what a click does, if anything. */
  draw(features, look, click) {
    return L.geoJSON({ type: "FeatureCollection", features }, {
      renderer: this.renderer,
      interactive: Boolean(click),
      style: ({ properties }) => pathOptions(look(properties).look),
      onEachFeature: ({ properties }, layer) => {
        if (properties.id ?? properties.key) this.layers.set(properties.id ?? properties.key, layer);
        if (!click) return;
        layer.on("click", (event) => {
          L.DomEvent.stopPropagation(event);
          click(properties, layer);
        });
        layer.on("mouseover", () => this.say(properties, look(properties).label));
        layer.on("mouseout", () => this.say(null));
      },
    }).addTo(this.map);
  }

  say(properties, label) {
    this.tip.hidden = !properties;
    if (!properties) return;
    this.tip.textContent = [properties.name, properties.worker, label].filter(Boolean).join(" · ");
  }

  mark(id, isOn) {
    const path = this.layers.get(id)?.getElement();
    path?.classList.toggle("is-chosen", isOn);
    if (isOn) this.layers.get(id)?.bringToFront();
  }

  /** Draws a box once and gives the ids of the cells whose middle lies in it. */
  chooseByBox(done) {
    this.box ??= new BoxTool(this.map, (sides) => this.#boxed(sides));
    this.boxDone = done;
    if (this.box.isOn) this.box.end();
    else this.box.begin();
    return this.box.isOn;
  }

  #boxed(sides) {
    if (!sides) return this.boxDone([]);
    const [west, south, east, north] = sides;
    const inside = [...this.layers].filter(([, layer]) => {
      const { lat, lng } = layer.getBounds().getCenter();
      return lng >= west && lng <= east && lat >= south && lat <= north;
    });
    return this.boxDone(inside.map(([id]) => id));
  }

  points(list) {
    for (const { kind, lon, lat, name, href } of list) {
      const icon = L.divIcon({ className: `grid-point grid-point-${kind}`, iconSize: [14, 14] });
      const marker = L.marker([lat, lon], { icon, title: name, alt: name, keyboard: true }).addTo(this.map);
      if (href) marker.on("click keypress", (event) => event.type === "click" || event.originalEvent.key === "Enter" ? location.assign(href) : undefined);
    }
  }
}

export function pathOptions(look) {
  const hatch = hatchOf(look);
  return { className: `cell cell-${look ?? "plain"}`, weight: 1, ...(hatch ? { fillColor: hatch, fillOpacity: 1 } : {}) };
}
