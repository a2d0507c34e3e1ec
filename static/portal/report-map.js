// Where it is: a pin on a small map that is fetched only when somebody wants it, and the schools by name.

import { Room } from "../desk/map/places.js";
import { el, fill } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";

const NEAR_ZOOM = 16;
const SCHOOL_ZOOM = 15;
const WAIT_MS = 250;
const FIX = { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 };

/** Brings the part of the form that asks where to life. `changed` is called when the pin moves. */
export function placePart(form, changed) {
  const box = form.querySelector(".report-map");
  const settings = JSON.parse(box.dataset.settings);
  const said = box.querySelector(".report-pin");
  const pin = new Pin(form, box.querySelector(".report-canvas"), settings, () => {
    tell(pin.at ? el("span", {}, t("图钉放好了，可以拖动。")) : t("在地图上点一下，放一个图钉。"), pin.at && away());
    changed();
  });
  const tell = (...words) => fill(said, ...words.filter(Boolean));
  const away = () => {
    const button = el("button", { type: "button", class: "button button-quiet" }, t("去掉图钉"));
    button.addEventListener("click", () => pin.set(null));
    return button;
  };
  box.hidden = false;
  box.addEventListener("click", ({ target }) => {
    const act = target.closest("[data-act]")?.dataset.act;
    if (act === "map") pin.open().catch(() => tell(t("地图没有打开，请写地址。")));
    if (act === "here") here(pin, tell);
  });
  nearPart(form, settings.schools, (school) => pin.look(school));
  if (pin.at) pin.open().catch(() => {});
}

function here(pin, tell) {
  if (!navigator.geolocation) return tell(t("这台手机没有给出位置，请在地图上点，或写地址。"));
  tell(t("正在取位置…"));
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => pin.open().then(() => pin.set({ lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy })),
    () => tell(t("没有取到位置，请在地图上点，或写地址。")),
    FIX,
  );
  return undefined;
}

class Pin {
  #form;
  #canvas;
  #settings;
  #changed;
  #map = null;
  #marker = null;
  #opening = null;
  #near = null;

  constructor(form, canvas, settings, changed) {
    this.#form = form;
    this.#canvas = canvas;
    this.#settings = settings;
    this.#changed = changed;
  }

  get at() {
    const { lon, lat } = this.#form.elements;
    return lon.value && lat.value ? { lon: Number(lon.value), lat: Number(lat.value) } : null;
  }

  set(place) {
    const { lon, lat, accuracy_m: accuracy } = this.#form.elements;
    lon.value = place ? place.lon.toFixed(6) : "";
    lat.value = place ? place.lat.toFixed(6) : "";
    accuracy.value = place?.accuracy ? Math.round(place.accuracy) : "";
    this.#draw();
    if (place) this.#map?.setView([place.lat, place.lon], Math.max(this.#map.getZoom(), NEAR_ZOOM));
    this.#changed();
  }

  open() {
    return (this.#opening ??= this.#open());
  }

  /** The neighbourhood of a school, without a pin: now, or when the map is opened. */
  look(school) {
    this.#near = school;
    if (!this.#map || school.lat === null) return;
    this.#map.setView([school.lat, school.lon], SCHOOL_ZOOM);
    L.tooltip([school.lat, school.lon], { permanent: true, direction: "center", className: "map-label report-school", content: el("strong", {}, school.name) }).addTo(this.#map);
  }

  async #open() {
    const L = await fetchLeaflet();
    const { showBackground } = await import("../desk/map/background.js");
    this.#canvas.hidden = false;
    const map = L.map(this.#canvas, { attributionControl: false, minZoom: 7, maxZoom: 19, fadeAnimation: false });
    map.setView([35, 105], 5);
    L.control.scale({ imperial: false }).addTo(map);
    const labels = L.layerGroup().addTo(map);
    const background = showBackground(map, this.#settings, () => map.fire("named"));
    map.on("moveend named", () => name(L, map, labels, background));
    if (this.#settings.sources.length) background.setBase(0);
    this.#map = map;
    await frame(L, map, this.#settings.urls.areas);
    map.on("click", ({ latlng }) => this.set({ lon: latlng.lng, lat: latlng.lat }));
    this.#draw();
    if (this.at) map.setView([this.at.lat, this.at.lon], NEAR_ZOOM);
    else if (this.#near) this.look(this.#near);
    this.#changed();
  }

  #draw() {
    if (!this.#map) return;
    this.#marker?.remove();
    this.#marker = null;
    if (!this.at) return;
    const icon = L.divIcon({ className: "place-pin", iconSize: [22, 22] });
    this.#marker = L.marker([this.at.lat, this.at.lon], { icon, draggable: true, title: t("图钉，可以拖动") }).addTo(this.#map);
    this.#marker.on("dragend", ({ target }) => this.set({ lon: target.getLatLng().lng, lat: target.getLatLng().lat }));
  }
}

async function fetchLeaflet() {
  if (!globalThis.L) await import("../vendor/leaflet/leaflet.js");
  return globalThis.L;
}

/** The county fills the map. */
async function frame(L, map, areas) {
  const answer = await fetch(`${areas}townships.geojson?zoom=13`, { credentials: "same-origin" });
  if (!answer.ok) return;
  const shapes = await answer.json();
  const bounds = L.geoJSON(shapes).getBounds();
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [8, 8] });
}

/** Townships from afar, compounds and waters from near, as far as there is room for their names. */
function name(L, map, labels, background) {
  labels.clearLayers();
  const room = new Room();
  const { x: width, y: height } = map.getSize();
  for (const { name: words, lon, lat, size } of background.names(map.getZoom())) {
    const { x, y } = map.latLngToContainerPoint([lat, lon]);
    const half = (words.length * size) / 2;
    if (x < 0 || y < 0 || x > width || y > height || !room.claim(x - half, y - size, 2 * half, 2 * size)) continue;
    L.tooltip([lat, lon], { permanent: true, direction: "center", className: "map-label", content: el("span", {}, words) }).addTo(labels);
  }
}

/** Schools by name, as one types; choosing one is a press. */
function nearPart(form, address, chosen) {
  const input = form.elements.namedItem("near");
  const list = el("ul", { class: "report-schools", "aria-label": t("学校"), hidden: true });
  input.closest(".report-near").append(list);
  let timer = null;
  let asked = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  async function look() {
    const words = input.value.trim();
    const turn = (asked += 1);
    const found = words ? await ask(address, words) : [];
    if (turn !== asked) return;
    list.hidden = !found.length;
    fill(list, ...found.map((school) => el("li", {}, choice(school))));
  }
  function choice(school) {
    const button = el("button", { type: "button", class: "row" }, el("span", { class: "row-title" }, school.name), el("span", { class: "muted small" }, school.township));
    button.addEventListener("click", () => {
      input.value = school.name;
      list.hidden = true;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      chosen(school);
    });
    return button;
  }
}

async function ask(address, words) {
  const url = new URL(address, location.href);
  url.searchParams.set("q", words);
  const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
  return answer?.ok ? answer.json().catch(() => []) : [];
}
