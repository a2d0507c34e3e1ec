// Puts the page together.
const scene = readScene();
const view = { layer: scene.periods[0].layers[0].key, lens: "answer", mode: "now", step: 0, split: false };
// A side is the scene as one of the two maps shows it.
const main = Object.create(scene, { now: { writable: true }, compared: { writable: true }, circle: { writable: true, value: null } });
const other = Object.create(scene, { now: { writable: true }, map: { writable: true }, sheet: { writable: true } });
const sheet = new Sheet(main);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const phone = matchMedia("(max-width: 720px)");

function readScene() {
  return {
    cells: { codes: data.cells.codes, shapes: unpackShapes(data.cells.shapes), place: unpack(data.cells.place) },
    periods: data.periods.map((period) => ({
      ...period,
      layers: period.layers.map(readLayer),
      visits: period.visits && unpackColumn(period.visits, 10),
      checks: period.checks && unpackColumn(period.checks, 1),
    })),
    points: data.points.map((layer) => ({
      ...layer,
      at: unpackPoints(layer.at),
      day: layer.day === undefined ? null : unpackSteps(layer.day),
      cell: layer.cell === undefined ? null : unpack(layer.cell),
    })),
    townships: unpackShapes(data.townships.shapes),
    names: data.townships.names,
    nameAt: unpackPoints(data.townships.labels),
    roads: unpackShapes(data.roads),
    shown: { townships: true, roads: true },
    hidden: new Set(),
    selected: [],
    target: null,
  };
}

function readLayer(layer) {
  const columns = Object.entries(layer.columns).map(([name, text]) => [name, unpackColumn(text, data.scale[name])]);
  return {
    ...layer,
    code: unpack(layer.code),
    columns: Object.fromEntries(columns),
    frames: layer.frames.map((frame) => ({ ...frame, cells: unpackSteps(frame.cells), code: unpack(frame.code), z: unpackColumn(frame.z, data.scale.z) })),
    surface: readSurface(layer.surface),
  };
}

function redrawAll() {
  sheet.redraw();
  other.sheet?.redraw();
}

function choose(cells, side = main) {
  if (cells.length > 1) closeCard();
  Object.assign(scene, { selected: cells, target: null });
  main.circle = null;
  markCurrent("ranking", entryOf(cells));
  redrawAll();
  element("said").textContent = describeCell(cells[0], side).join(",");
  if (cells.length === 1) openCard(cells[0], side);
}

function select(cells) {
  choose(cells);
  const boxes = cells.map((cell) => scene.cells.shapes[cell].box);
  const edge = (pick, side) => boxes.reduce((found, box) => pick(found, box[side]), boxes[0][side]);
  flyTo([edge(Math.min, 0), edge(Math.min, 1), edge(Math.max, 2), edge(Math.max, 3)], 13.5);
}

function chooseCircle(i) {
  const circle = main.now.layer.circles[i];
  main.circle = i;
  Object.assign(scene, { selected: [], target: null });
  markCurrent("ranking", element("ranking").querySelectorAll(".item")[i]);
  redrawAll();
  element("said").textContent = describeCircle(circle, i + 1).join(",");
  const [x, y] = mercator(circle.lon, circle.lat);
  const reach = (circle.radius_m * 256) / (40_075_016.7 * Math.cos((circle.lat * Math.PI) / 180));
  flyTo([x - reach, y - reach, x + reach, y + reach], 14);
}

function goToTarget(i) {
  const [x, y] = mercator(...data.targets[i].at);
  closeCard();
  scene.target = [x, y];
  markCurrent("targets", element("targets").querySelectorAll(".item")[i]);
  redrawAll();
  flyTo([x, y, x, y], 15.5);
}

// The room beside panel, dock and layer card, so that a place is shown in what is free.
function room(maxZoom) {
  if (view.mode === "both") return { paddingTopLeft: [16, 66], paddingBottomRight: [16, 48], maxZoom };
  const dock = element("timeline").hidden ? 0 : element("timeline").offsetHeight + 16;
  const open = element("panel").dataset.open === "true";
  if (phone.matches) {
    const bottom = open ? innerHeight * 0.62 : element("panel-top").offsetHeight + dock;
    return { paddingTopLeft: [16, 112], paddingBottomRight: [16, bottom], maxZoom };
  }
  const right = element("layers").hidden ? 16 : element("layers").offsetWidth + 32;
  return { paddingTopLeft: [392, 24], paddingBottomRight: [right, dock + 24], maxZoom };
}

function flyTo(box, zoom) {
  const corner = (x, y) => map.unproject([x, y].map((v) => v * 2 ** 10), 10);
  const bounds = L.latLngBounds(corner(box[0], box[1]), corner(box[2], box[3]));
  if (calm.matches) map.fitBounds(bounds, { ...room(zoom), animate: false });
  else map.flyToBounds(bounds, { ...room(zoom), duration: 0.6 });
}

function wholeCounty(animate) {
  const [west, south, east, north] = data.box;
  map.fitBounds([[south, west], [north, east]], { ...room(15), animate });
}

function pointAt(x, y, reach, now) {
  let best = null;
  let nearest = reach * reach;
  for (const layer of scene.points.filter((one) => one.shown)) {
    for (let i = 0; i < layer.at.length; i += 2) {
      const gap = (layer.at[i] - x) ** 2 + (layer.at[i + 1] - y) ** 2;
      if (gap < nearest && inWindow(layer, i / 2, now)) [best, nearest] = [{ layer, i: i / 2 }, gap];
    }
  }
  return best;
}

function cellAt(x, y) {
  const cell = scene.cells.shapes.findIndex((shape) => holds(shape, x, y));
  return cell < 0 ? null : cell;
}

function linesAt(event, side) {
  const [x, y] = mercator(event.latlng.lng, event.latlng.lat);
  const point = pointAt(x, y, 9 / 2 ** map.getZoom(), side.now);
  const cell = point ? null : cellAt(x, y);
  return point ? describePoint(point) : cell === null ? null : describeCell(cell, side);
}

function bindMap(on, side) {
  bindTip(on, (event) => linesAt(event, side));
  on.on("click", (event) => {
    const cell = cellAt(...mercator(event.latlng.lng, event.latlng.lat));
    element("tip").hidden = true;
    if (cell !== null) return choose([cell], side);
    closeCard();
    redrawAll();
  });
}

function bindTools() {
  element("zoom-in").addEventListener("click", () => map.zoomIn());
  element("zoom-out").addEventListener("click", () => map.zoomOut());
  element("zoom-all").addEventListener("click", () => wholeCounty(!calm.matches));
  element("card-close").addEventListener("click", () => (closeCard(), redrawAll()));
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
  for (const id of ["title", "subtitle", "credit"]) element(id).textContent = data[id];
  const texts = { about: "about", cite: "cite", "cite-copy": "copy", "layers-title": "layers", "methods-word": "method_word" };
  for (const [id, key] of Object.entries(texts)) element(id).textContent = say(key);
  const labels = { map: "map", "map-other": "map_other", panel: "panel", "zoom-in": "zoom_in", "zoom-out": "zoom_out", "zoom-all": "whole_county", "card-close": "close" };
  const more = { tools: "tools", layers: "layers", timeline: "timeline", step: "timeline", lenses: "lenses", modes: "modes", periods: "modes", "cite-text": "cite" };
  for (const [id, key] of Object.entries({ ...labels, ...more })) element(id).setAttribute("aria-label", say(key));
  for (const id of ["map", "map-other"]) element(id).setAttribute("role", "application");
}

nameThings();
bindPanel();
bindTabs();
bindTimeline();
bindLegend();
bindCitation();
fillTargets(data.targets, goToTarget);
fillMethods();
main.now = answerOf(scene.periods[0], scene.periods[0].layers[0]);
sheet.addTo(map);
bindMap(map, main);
bindTools();
showView();
wholeCounty(false);
