// Puts the page together.
const scene = readScene();
const sheet = new Sheet(scene);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const phone = matchMedia("(max-width: 720px)");
// Beside the list, an open legend leaves no map below this width.
const roomy = matchMedia("(min-width: 1100px)");

function readScene() {
  const cells = {
    codes: data.cells.codes,
    shapes: unpackShapes(data.cells.shapes),
    level: unpack(data.cells.level),
    z: unpack(data.cells.z),
    value: unpack(data.cells.value),
    place: unpack(data.cells.place),
  };
  return {
    cells,
    frames: data.frames.map((frame) => ({ ...frame, cells: unpackSteps(frame.cells), level: unpack(frame.level), z: unpack(frame.z) })),
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
    shown: { cells: true, cold: true, unseen: true, townships: true, roads: true },
    now: { level: cells.level, z: cells.z, days: null },
    selected: [],
    target: null,
  };
}

function show(step) {
  const frame = scene.frames[step - 1];
  if (!frame) scene.now = { level: scene.cells.level, z: scene.cells.z, days: null };
  else {
    const [level, z] = [new Int32Array(scene.cells.codes.length), new Int32Array(scene.cells.codes.length)];
    frame.cells.forEach((cell, i) => ([level[cell], z[cell]] = [frame.level[i], frame.z[i]]));
    scene.now = { level, z, days: frame.days };
  }
  fillRanking(scene, select);
  if (scene.selected.length) markCurrent("ranking", entryOf(scene.selected));
  sheet.redraw();
}

function choose(cells) {
  scene.selected = cells;
  scene.target = null;
  markCurrent("ranking", entryOf(cells));
  sheet.redraw();
  element("said").textContent = describeCell(cells[0]).join(",");
}

function select(cells) {
  choose(cells);
  const boxes = cells.map((cell) => scene.cells.shapes[cell].box);
  const edge = (pick, side) => pick(...boxes.map((box) => box[side]));
  flyTo([edge(Math.min, 0), edge(Math.min, 1), edge(Math.max, 2), edge(Math.max, 3)], 13.5);
}

function goToTarget(i) {
  const [x, y] = mercator(...data.targets[i].at);
  scene.target = [x, y];
  scene.selected = [];
  markCurrent("targets", element("targets").querySelectorAll(".item")[i]);
  sheet.redraw();
  flyTo([x, y, x, y], 15.5);
}

function describeCell(cell) {
  const level = scene.now.level[cell];
  const value = scene.now.days ? [] : [say("value", { n: scene.cells.value[cell] / 100 })];
  return [placeOf(scene, cell), say(`level_${level}`), ...value, reasonOf(scene, [cell]), say("cell_code", { code: scene.cells.codes[cell] })];
}

// The room beside panel, dock and layer card, so that a place is shown in what is free.
function room(maxZoom) {
  const dock = element("timeline").hidden ? 0 : element("timeline").offsetHeight + 16;
  const open = element("panel").dataset.open === "true";
  if (phone.matches) {
    const bottom = open ? innerHeight * 0.62 : 128 + dock;
    return { paddingTopLeft: [16, 60], paddingBottomRight: [16, bottom], maxZoom };
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

function pointAt(x, y, reach) {
  let best = null;
  let nearest = reach * reach;
  for (const layer of scene.points.filter((one) => one.shown)) {
    for (let i = 0; i < layer.at.length; i += 2) {
      const gap = (layer.at[i] - x) ** 2 + (layer.at[i + 1] - y) ** 2;
      if (gap < nearest && inWindow(layer, i / 2, scene)) [best, nearest] = [{ layer, i: i / 2 }, gap];
    }
  }
  return best;
}

function cellAt(x, y) {
  const cell = scene.cells.shapes.findIndex((shape) => holds(shape, x, y));
  return cell < 0 ? null : cell;
}

function pointed(event) {
  const [x, y] = mercator(event.latlng.lng, event.latlng.lat);
  return { x, y, point: pointAt(x, y, 9 / 2 ** map.getZoom()) };
}

function describePoint({ layer, i }) {
  const lines = layer.names ? [layer.names[i], layer.label] : [layer.label];
  if (layer.day) lines.push(new Date(layer.day[i] * 864e5).toISOString().slice(0, 10));
  return lines;
}

function showTip(event) {
  const { x, y, point } = pointed(event);
  const cell = point ? null : cellAt(x, y);
  const lines = point ? describePoint(point) : cell === null ? null : describeCell(cell);
  const tip = element("tip");
  tip.hidden = !lines;
  if (!lines) return;
  tip.replaceChildren(...lines.map((text) => make("div", { text })));
  const at = event.containerPoint;
  tip.style.left = `${Math.max(8, Math.min(at.x + 14, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${at.y + 18 + tip.offsetHeight > innerHeight ? at.y - tip.offsetHeight - 12 : at.y + 18}px`;
}

function bindMap() {
  let frame = 0;
  map.on("mousemove", (event) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => showTip(event));
  });
  map.on("mouseout movestart zoomstart", () => {
    cancelAnimationFrame(frame);
    element("tip").hidden = true;
  });
  map.on("click", (event) => {
    const { x, y } = pointed(event);
    const cell = cellAt(x, y);
    if (cell !== null) choose([cell]);
    showTip(event);
  });
  element("zoom-in").addEventListener("click", () => map.zoomIn());
  element("zoom-out").addEventListener("click", () => map.zoomOut());
  element("zoom-all").addEventListener("click", () => wholeCounty(!calm.matches));
}

function layerRow(text, mark, many, on, change) {
  const box = make("input", { type: "checkbox" });
  box.checked = on;
  box.addEventListener("change", () => (change(box.checked), sheet.redraw()));
  return make("label", {}, [box, mark, make("span", { text }), make("span", { className: "many", text: many })]);
}

function legendOf(levels) {
  return make("ul", {}, levels.map((level) => make("li", {}, [levelSwatch(level), say(`level_${level}`)])));
}

function bindLayers() {
  const has = (test) => [scene.cells.level, ...scene.frames.map((f) => f.level)].some((levels) => levels.some(test));
  const row = (key, name, mark) => layerRow(say(name), mark, "", true, (on) => (scene.shown[key] = on));
  const rows = [row("cells", "cells", levelSwatch(3)), legendOf([3, 2, 1])];
  if (has((level) => level < 0)) rows.push(row("cold", "cold_cells", levelSwatch(-3)), legendOf([-3, -2, -1]));
  if (has((level) => level === 9)) rows.push(row("unseen", "unseen_cells", levelSwatch(9)));
  for (const layer of scene.points) {
    const many = (layer.at.length / 2).toLocaleString();
    rows.push(layerRow(layer.label, roleMark(layer.role), many, layer.shown, (on) => (layer.shown = on)));
  }
  rows.push(row("townships", "townships", lineMark("#33414f", 1.5)));
  if (scene.roads.length) rows.push(row("roads", "roads", lineMark(token("map-road-edge"), 5)));
  element("layers").append(...rows);
  const button = element("layers-button");
  const open = (on) => {
    element("layers").hidden = !on;
    button.setAttribute("aria-expanded", on);
  };
  button.addEventListener("click", () => open(element("layers").hidden));
  open(roomy.matches);
}

function bindPanel() {
  const grip = element("grip");
  const open = (on) => {
    element("panel").dataset.open = on;
    grip.setAttribute("aria-expanded", on);
  };
  grip.addEventListener("click", () => open(element("panel").dataset.open !== "true"));
  document.addEventListener("keydown", (event) => event.key === "Escape" && phone.matches && open(false));
  open(false);
}

function nameThings() {
  const texts = { title: data.title, subtitle: data.subtitle, credit: data.credit };
  for (const [id, text] of Object.entries(texts)) element(id).textContent = text;
  for (const id of ["about", "method"]) element(id).textContent = say(id);
  element("layers-title").textContent = say("layers");
  const labels = { map: "map", panel: "panel", "zoom-in": "zoom_in", "zoom-out": "zoom_out", "zoom-all": "whole_county" };
  for (const [id, key] of Object.entries({ ...labels, tools: "tools", layers: "layers", timeline: "timeline", step: "timeline" })) {
    element(id).setAttribute("aria-label", say(key));
  }
  element("map").setAttribute("role", "application");
}

nameThings();
bindPanel();
bindTabs();
fillTargets(data.targets, goToTarget);
fillRanking(scene, select);
sheet.addTo(map);
bindTimeline(scene, show);
bindLayers();
bindMap();
wholeCounty(false);
