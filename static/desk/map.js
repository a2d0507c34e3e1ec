// The desk's map: brings its layers, filters, panel, address and live changes together.

import { el } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { toast } from "../helpers/toast.js";
import { onThemeChange } from "../helpers/tokens.js";
import { filterPairs, readAddress, writeAddress } from "./map/address.js";
import { showBackground } from "./map/background.js";
import { boxList } from "./map/box_list.js";
import { BoxTool } from "./map/box_tool.js";
import { readFilters, showFilters } from "./map/filters.js";
import { watch } from "./map/live.js";
import { pointing } from "./map/pointing.js";
import { SitesLayer } from "./map/sites_layer.js";
import { forgetSigns } from "./map/symbols.js";
import { TileStore } from "./map/tile_store.js";
import { TipPoints } from "./map/tip_points.js";

const CLOSE_UP = 17;

export default function connect(element) {
  const desk = new DeskMap(element, JSON.parse(element.dataset.settings));
  return () => desk.stop();
}

class DeskMap {
  constructor(element, settings) {
    this.settings = settings;
    this.panel = document.getElementById("panel");
    this.form = document.getElementById("map-filters");
    this.state = readAddress(location);
    this.leaving = [];
    this.map = this.#makeMap(element);
    this.store = new TileStore(settings.urls.sites, () => this.layer.redraw());
    this.tips = new TipPoints(settings.urls.tips, () => this.layer.redraw());
    this.background = showBackground(this.map, settings, () => this.layer?.redraw());
    this.layer = this.#makeLayer().addTo(this.map);
    this.box = new BoxTool(this.map, (sides) => this.#boxDrawn(sides));
    this.#listen(element);
    this.#filter(this.state.filters);
    if (this.state.tips) this.#tick("tips");
    if (this.state.open) this.#load(this.state.open);
    if (matchMedia("(min-width: 70rem)").matches) document.getElementById("legend").open = true;
  }

  stop() {
    for (const each of this.leaving) each();
    this.map.remove();
  }

  // ---- what is shown

  #makeMap(element) {
    const map = L.map(element, {
      zoomControl: false, minZoom: 4, maxZoom: 19, zoomSnap: 0.5, fadeAnimation: false, attributionControl: false, worldCopyJump: false,
    });
    L.control.attribution({ prefix: false, position: "bottomright" }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    const { view, box } = this.state;
    if (view) map.setView([view.lat, view.lon], view.zoom);
    else map.fitBounds(bounds(box ?? this.settings.box), { padding: [24, 24] });
    return map;
  }

  #makeLayer() {
    return new SitesLayer({
      store: this.store,
      pointZoom: this.settings.pointZoom,
      kindOf: (state) => this.settings.states[state]?.kind ?? "unknown",
      names: (zoom) => this.background.names(zoom),
      tips: () => this.tips.shown,
      drawn: () => this.#drawn(),
    });
  }

  #drawn() {
    const count = this.layer.countInView();
    const isWaiting = this.store.isWaiting && !count;
    document.getElementById("in-view").textContent = isWaiting ? t("正在读取…") : t("视野内 {n} 个点位", { n: count.toLocaleString("en") });
    const view = this.map.getBounds();
    const asked = new URLSearchParams(filterPairs(this.state.filters));
    if (!view.contains(bounds(this.settings.box))) asked.set("box", sidesOf(view).map((side) => side.toFixed(6)).join(","));
    document.getElementById("as-list").href = `${this.settings.urls.list}?${asked}`;
  }

  #filter(filters) {
    this.state.filters = filters;
    showFilters(this.form, filters);
    const asked = new URLSearchParams(filterPairs(filters)).toString();
    this.store.ask(asked ? `?${asked}` : "");
    this.layer.redraw();
  }

  // ---- what a person does

  #listen(element) {
    const on = (target, name, act, options) => {
      target.addEventListener(name, act, options);
      this.leaving.push(() => target.removeEventListener(name, act, options));
    };
    const press = (id, act) => on(document.getElementById(id) ?? new EventTarget(), "click", act);
    this.map.on("moveend", () => this.#write("replaceState"));
    this.leaving.push(pointing(this.map, this.layer, this.settings, (thing, latLng) => this.#chosen(thing, latLng)));
    this.leaving.push(onThemeChange(() => this.#repaint()));
    this.leaving.push(watch(this.settings.urls.changes, this.settings.since, (news) => this.#told(news)));
    on(this.form, "change", (event) => this.#changed(event.target));
    on(this.form, "reset", () => setTimeout(() => this.#changed({ name: "kind" })));
    on(this.form, "submit", (event) => event.preventDefault());
    on(this.panel, "panel:shown", ({ detail }) => this.#shown(detail));
    on(this.panel, "panel:closed", () => this.#closed());
    on(window, "popstate", () => this.#goTo(readAddress(location)));
    on(document, "desk:go", (event) => this.#follow(event));
    on(document, "keydown", (event) => this.#key(event));
    press("draw-box", () => (this.box.isOn ? this.#stopDrawing() : this.#startDrawing()));
    press("add-site", () => this.#setPlacing(!this.placing));
    press("zoom-in", () => this.map.zoomIn());
    press("zoom-out", () => this.map.zoomOut());
    press("whole-county", () => this.map.fitBounds(bounds(this.settings.box), { padding: [24, 24] }));
    press("locate", () => this.#locate());
    on(element, "keydown", (event) => event.key === "Enter" && event.target === element && this.#openNearest());
  }

  #changed(input) {
    if (input.name === "layer") return input.value === "tips" ? this.tips.show(input.checked) : this.background.toggle(input.value, input.checked);
    if (input.name === "base") return this.background.setBase(input.value);
    this.#filter(readFilters(this.form));
    this.#write("replaceState");
  }

  #tick(name) {
    const input = this.form.querySelector(`input[name=layer][value=${name}]`);
    if (!input) return;
    input.checked = true;
    this.#changed(input);
  }

  #key(event) {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], details.menu[open]")) return;
    if (this.box.isOn) this.#stopDrawing();
    else if (this.placing) this.#setPlacing(false);
    else if (!this.panel.hidden) this.panel.dispatchEvent(new CustomEvent("panel:close"));
  }

  /** A site was pressed, a circle, a tip, or the ground. */
  #chosen(thing, latLng) {
    if (this.placing) return this.#place(latLng);
    if (thing?.is === "cluster") return this.map.flyTo(this.layer.latLngOf(thing), Math.min(this.map.getZoom() + 2, CLOSE_UP), { duration: 0.4 });
    if (thing?.is === "site") return this.#open({ subject: "site", id: thing.id }, thing);
    if (thing?.is === "tip") return thing.site ? this.#open({ subject: "site", id: thing.site }) : location.assign(`/tips?q=${encodeURIComponent(thing.code)}`);
    return undefined;
  }

  #openNearest() {
    const middle = this.map.getSize().divideBy(2);
    const { x, y } = this.map.containerPointToLayerPoint(middle).subtract(this.layer._corner);
    const away = (thing) => Math.hypot(thing.x - x, thing.y - y);
    const [nearest] = [...this.layer.things].sort((a, b) => away(a) - away(b));
    if (nearest) this.#chosen(nearest, this.map.getCenter());
  }

  #startDrawing() {
    this.#setPlacing(false);
    this.box.begin();
    document.getElementById("draw-box").setAttribute("aria-pressed", "true");
    toast(t("在地图上拖出一个框，松开后列出框内的点位。Esc 取消。"));
  }

  #stopDrawing() {
    this.box.end();
    document.getElementById("draw-box").setAttribute("aria-pressed", "false");
  }

  async #boxDrawn(sides) {
    this.#stopDrawing();
    if (!sides) return;
    this.drawn?.remove();
    this.drawn = L.rectangle(bounds(sides), { className: "outline outline-box", interactive: false }).addTo(this.map);
    const content = await boxList(sides, filterPairs(this.state.filters), this.settings);
    this.panel.dispatchEvent(new CustomEvent("panel:fill", { detail: content }));
  }

  #setPlacing(isOn) {
    this.placing = isOn;
    this.map.getContainer().classList.toggle("is-placing", isOn);
    document.getElementById("add-site")?.setAttribute("aria-pressed", String(isOn));
    if (isOn) toast(t("在地图上点一下疑似点位的位置。Esc 取消。"));
  }

  #place({ lat, lng }) {
    this.#setPlacing(false);
    this.#request(`${this.settings.urls.add}?lat=${lat.toFixed(6)}&lon=${lng.toFixed(6)}`);
  }

  #locate() {
    if (!navigator.geolocation) return toast(t("这台设备不能定位。"), "due");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const here = [coords.latitude, coords.longitude];
        this.here?.remove();
        this.here = L.circle(here, { radius: coords.accuracy, className: "outline outline-here", interactive: false }).addTo(this.map);
        this.map.setView(here, Math.max(this.map.getZoom(), 15));
      },
      () => toast(t("没有取得定位，请检查浏览器的定位权限。"), "due"),
      { enableHighAccuracy: true, timeout: 10_000 },
    );
    return undefined;
  }

  // ---- panel and address

  #open(open, place = null) {
    if (place?.lat === undefined && place) Object.assign(place, latLon(this.layer.latLngOf(place)));
    this.layer.select(place);
    this.state.open = open;
    this.#write("pushState");
    this.#load(open);
  }

  #load({ subject, id }) {
    this.#request(`${subject === "check" ? "/checks/" : this.settings.urls.site}${id}`);
  }

  #request(address) {
    htmx.ajax("GET", address, { target: this.panel, source: this.panel, swap: "innerHTML" });
  }

  #shown({ subject, id, lon, lat, radius_m }) {
    const isFile = subject === "site" || subject === "check";
    if (subject !== "box") this.#dropBox();
    if (lat !== undefined) {
      this.layer.select({ lat, lon, id });
      this.#bringIntoView(L.latLng(lat, lon), subject === "site" || subject === "check");
    }
    this.#drawCircle(radius_m > 0 ? L.latLng(lat, lon) : null, radius_m);
    document.getElementById("legend").open = false;
    const isSame = this.state.open?.id === id;
    this.state.open = isFile ? { subject, id } : null;
    if (!isSame) this.#write(isFile ? "pushState" : "replaceState");
  }

  /** Where only a rumour is known: the ground on which the site may stand. */
  #drawCircle(middle, radius) {
    this.circle?.remove();
    this.circle = middle ? L.circle(middle, { radius, className: "place-circle", interactive: false }).addTo(this.map) : null;
  }

  #closed() {
    this.layer.select(null);
    this.#drawCircle(null);
    this.#dropBox();
    if (this.state.open) {
      this.state.open = null;
      this.#write("pushState");
    }
    this.map.getContainer().focus({ preventScroll: true });
  }

  #dropBox() {
    this.drawn?.remove();
    this.drawn = null;
  }

  /** Moves a place out from under the panel; from far away also closer. */
  #bringIntoView(latLng, mayZoom) {
    if (mayZoom && this.map.getZoom() < this.settings.pointZoom) this.map.setView(latLng, CLOSE_UP - 1, { animate: false });
    const frame = this.map.getContainer().getBoundingClientRect();
    const cover = this.panel.hidden ? null : this.panel.getBoundingClientRect();
    const isSheet = cover && cover.width > frame.width * 0.9;
    const left = cover && !isSheet ? cover.right - frame.left : 0;
    const bottom = isSheet ? frame.bottom - cover.top : 0;
    this.map.panInside(latLng, { paddingTopLeft: [left + 40, 80], paddingBottomRight: [40, bottom + 40] });
  }

  #write(how) {
    const { lat, lng } = this.map.getCenter();
    const address = writeAddress({ ...this.state, tips: this.tips.isOn, view: { zoom: this.map.getZoom(), lat, lon: lng } });
    if (address !== location.pathname + location.search + location.hash) history[how](null, "", address);
  }

  #goTo(state) {
    Object.assign(this.state, state);
    this.#filter(state.filters);
    if (state.view) this.map.setView([state.view.lat, state.view.lon], state.view.zoom, { animate: false });
    if (state.open) this.#load(state.open);
    else if (!this.panel.hidden) this.panel.dispatchEvent(new CustomEvent("panel:close"));
  }

  /** The palette leads somewhere: what is on this page is shown without leaving it. */
  #follow(event) {
    const address = new URL(event.detail.href, location.href);
    if (address.pathname !== "/" || address.origin !== location.origin) return;
    event.preventDefault();
    const { open, box } = readAddress(address);
    if (open) this.#open(open);
    else if (box) this.map.fitBounds(bounds(box));
  }

  // ---- what others do

  #told({ deeds, checks, isFirst }) {
    this.store.growStale();
    this.layer.redraw();
    if (deeds.some(({ subject }) => subject === "tips")) this.tips.renew();
    if (isFirst) return;
    for (const check of checks) {
      const note = toast(t("刚刚收到一次检查：{site}", { site: check.site }), "ok");
      const link = el("a", { href: `/checks/${check.id}` }, t("查看"));
      link.addEventListener("click", (event) => {
        event.preventDefault();
        note.remove();
        this.#open({ subject: "check", id: check.id });
      });
      note.querySelector("span").append(" ", link);
    }
    const touched = new Set([...deeds.map(({ id }) => id), ...checks.map(({ site_id: id }) => id)]);
    const isShown = this.state.open && (touched.has(this.state.open.id) || deeds.some(({ subject }) => subject !== "sites"));
    if (isShown) this.panel.dispatchEvent(new CustomEvent("panel:renew", { detail: { load: () => this.#load(this.state.open) } }));
  }

  #repaint() {
    forgetSigns();
    this.background.repaint();
    this.layer.redraw();
  }
}

function bounds([west, south, east, north]) {
  return L.latLngBounds([south, west], [north, east]);
}

function sidesOf(box) {
  return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
}

function latLon({ lat, lng }) {
  return { lat, lon: lng };
}
