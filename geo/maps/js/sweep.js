// Puts the page of a sweep together.
const scene = readScene();
const sheet = new Sheet(scene);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const phone = matchMedia("(max-width: 720px)");
const TABS = ["teams", "stops", "steps"];

function readScene() {
  return {
    at: unpackPoints(data.at),
    starts: unpackPoints(data.starts),
    state: data.stops.map(({ state }) => state),
    team: data.stops.map(({ team }) => team),
    townships: unpackShapes(data.townships.shapes),
    area: data.area ? unpackShapes(data.area) : [],
    roads: unpackShapes(data.roads),
    names: data.townships.names,
    nameAt: unpackPoints(data.townships.labels),
    cars: null,
    kept: null,
    chosen: null,
  };
}

// ---- the map

function room(maxZoom) {
  if (phone.matches) return { paddingTopLeft: [24, 70], paddingBottomRight: [24, data.steps.length ? 300 : 150], maxZoom };
  return { paddingTopLeft: [400, 40], paddingBottomRight: [280, data.steps.length ? 150 : 40], maxZoom };
}

function flyTo(box, zoom) {
  const corner = (x, y) => map.unproject([x, y].map((v) => v * 2 ** 10), 10);
  const bounds = L.latLngBounds(corner(box[0], box[1]), corner(box[2], box[3]));
  if (calm.matches) map.fitBounds(bounds, { ...room(zoom), animate: false });
  else map.flyToBounds(bounds, { ...room(zoom), duration: 0.6 });
}

function wholeCounty(animate) {
  const [west, south, east, north] = data.box;
  map.fitBounds([[south, west], [north, east]], { ...room(16), animate });
}

function stopAt(latlng) {
  const [x, y] = mercator(latlng.lng, latlng.lat);
  let [best, nearest] = [-1, (16 / 2 ** map.getZoom()) ** 2];
  for (let i = 0; i < data.stops.length; i++) {
    const gap = (scene.at[2 * i] - x) ** 2 + (scene.at[2 * i + 1] - y) ** 2;
    if (gap < nearest) [best, nearest] = [i, gap];
  }
  return best;
}

function bindMap() {
  bindTip(map, ({ latlng }) => {
    const stop = stopAt(latlng);
    if (stop < 0) return null;
    const { name, when } = data.stops[stop];
    return [name, [badgeOf(stop), when, hasStates() ? stateWords(stop) : ""].filter(Boolean).join(" · ")];
  });
  map.on("click", (event) => {
    const stop = stopAt(event.latlng);
    if (stop < 0) closeCard();
    else choose(stop, false);
  });
  element("zoom-in").addEventListener("click", () => map.zoomIn());
  element("zoom-out").addEventListener("click", () => map.zoomOut());
  element("zoom-all").addEventListener("click", () => wholeCounty(!calm.matches));
  element("card-close").addEventListener("click", closeCard);
}

// ---- what stands around it

function fillLegend() {
  const counts = new Map();
  for (const state of scene.state) counts.set(state, (counts.get(state) ?? 0) + 1);
  const rows = [...counts].map(([state, n]) =>
    make("li", {}, [badgeMark("1-1", token("team-none"), state), make("span", { text: say(`state_${state}`) }), make("span", { className: "many", text: String(n) })]));
  if (scene.area.length) rows.push(make("li", {}, [lineMark(token("accent-strong"), 2), make("span", { text: say("area") }), make("span", {})]));
  element("legend").hidden = !rows.length;
  element("legend").replaceChildren(make("h2", { text: say("legend") }), make("ul", {}, rows));
}

function openTab(name) {
  for (const each of TABS) {
    const tab = element(`tab-${each}`);
    tab.setAttribute("aria-selected", String(each === name));
    tab.tabIndex = each === name ? 0 : -1;
    element(each).hidden = each !== name;
  }
}

function bindTabs() {
  const shown = TABS.filter((name) => !element(`tab-${name}`).hidden);
  shown.forEach((name, i) => {
    const tab = element(`tab-${name}`);
    tab.addEventListener("click", () => openTab(name));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: shown.length - 1 }[event.key];
      if (!step) return;
      const next = shown[(i + step) % shown.length];
      openTab(next);
      element(`tab-${next}`).focus();
    });
  });
}

function bindPanel() {
  const grip = element("grip");
  const open = (on) => {
    element("panel").dataset.open = on;
    grip.setAttribute("aria-expanded", on);
  };
  grip.addEventListener("click", () => open(element("panel").dataset.open !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (!element("card").hidden) closeCard();
    else if (phone.matches) open(false);
  });
  open(false);
}

function nameThings() {
  for (const id of ["title", "subtitle", "credit", "watermark"]) element(id).textContent = data[id];
  for (const id of ["about", "method"]) element(id).textContent = say(id);
  element("method-replay").textContent = data.steps.length ? say("method_replay") : "";
  for (const name of ["teams", "steps"]) element(`tab-${name}`).textContent = say(`tab_${name}`);
  element("grip-text").textContent = say("panel");
  const labels = { map: "map", panel: "panel", tools: "tools", timeline: "timeline", step: "timeline", speed: "speed", "zoom-in": "zoom_in", "zoom-out": "zoom_out", "zoom-all": "whole_county", "card-close": "close" };
  for (const [id, key] of Object.entries(labels)) element(id).setAttribute("aria-label", say(key));
  element("map").setAttribute("role", "application");
}

nameThings();
bindPanel();
fillSteps();
fillLists();
bindTabs();
fillLegend();
sheet.addTo(map);
bindMap();
bindReplay();
if (data.steps.length) openTab("steps");
wholeCounty(false);
