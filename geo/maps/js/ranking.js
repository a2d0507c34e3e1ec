// The two lists beside the map: hot areas of the chosen time with their cells, and the places to visit.
const MOST_AREAS = 30;
const MOST_CELLS = 12;

// Hot cells that share a corner are one area; both areas and their cells are ranked by z.
function rankAreas(scene) {
  const byHeat = (a, b) => scene.now.z[b] - scene.now.z[a];
  const hot = [];
  scene.now.level.forEach((level, i) => level > 0 && level < 9 && hot.push(i));
  const parent = new Map(hot.map((cell) => [cell, cell]));
  const root = (cell) => (parent.get(cell) === cell ? cell : root(parent.get(cell)));
  const corners = new Map();
  for (const cell of hot) {
    for (const corner of cornersOf(scene.cells.shapes[cell])) {
      if (corners.has(corner)) parent.set(root(cell), root(corners.get(corner)));
      else corners.set(corner, cell);
    }
  }
  const areas = new Map();
  for (const cell of hot.sort(byHeat)) areas.set(root(cell), [...(areas.get(root(cell)) ?? []), cell]);
  return [...areas.values()];
}

function cornersOf({ at, rings }) {
  const corners = [];
  for (const [from, to] of rings) for (let i = from; i < to; i += 2) corners.push(`${at[i]},${at[i + 1]}`);
  return corners;
}

function countsIn(scene, cells) {
  const wanted = new Set(cells);
  return scene.points
    .filter((layer) => layer.day)
    .map((layer) => {
      let n = 0;
      for (let i = 0; i < layer.cell.length; i++) if (wanted.has(layer.cell[i]) && inWindow(layer, i, scene)) n++;
      return { label: layer.label, n };
    });
}

function placeOf(scene, cell) {
  return scene.names[scene.cells.place[cell]] ?? say("nowhere");
}

function placesOf(scene, cells) {
  const many = new Map();
  for (const cell of cells) many.set(placeOf(scene, cell), (many.get(placeOf(scene, cell)) ?? 0) + 1);
  return [...many].sort((a, b) => b[1] - a[1]).slice(0, 2).map(([name]) => name).join(" · ");
}

function reasonOf(scene, cells) {
  const counts = countsIn(scene, cells).filter(({ n }) => n).map((one) => say("count", one));
  return [...(counts.length ? counts : [say("beside")]), say("z", { z: (scene.now.z[cells[0]] / 100).toFixed(2) })].join(" · ");
}

function fillRanking(scene, select) {
  const areas = rankAreas(scene);
  const items = areas.slice(0, MOST_AREAS).map((cells, i) => areaItem(scene, cells, i + 1, select));
  const none = make("li", {}, [make("p", { text: say("no_hotspots") })]);
  element("ranking").firstElementChild.replaceChildren(...(items.length ? items : [none]));
  element("tab-ranking").textContent = say("ranking_count", { n: areas.length });
  element("grip-text").textContent = say("ranking_count", { n: areas.length });
}

function areaItem(scene, cells, rank, select) {
  const item = cellButton(scene, cells, rank, placesOf(scene, cells), say("cells_in_area", { n: cells.length }));
  item.dataset.cells = cells.join(" ");
  const inner = make("ol", { className: "inner" }, cells.slice(0, MOST_CELLS).map((cell) => {
    const one = cellButton(scene, [cell], "", shortCode(scene.cells.codes[cell]), "");
    one.dataset.cell = cell;
    one.addEventListener("click", () => select([cell]));
    return make("li", {}, [one]);
  }));
  inner.hidden = true;
  item.setAttribute("aria-expanded", false);
  item.addEventListener("click", () => {
    select(cells);
    openArea(item, true);
  });
  return make("li", {}, [item, inner]);
}

function cellButton(scene, cells, rank, name, code) {
  const level = scene.now.level[cells[0]];
  return make("button", { className: "item", type: "button" }, [
    make("span", { className: "rank", text: rank }),
    make("span", { className: "name", text: name }, [make("span", { className: "code", text: code })]),
    make("span", { className: "chip" }, [levelSwatch(level), say(`short_${level}`)]),
    make("span", { className: "why", text: reasonOf(scene, cells) }),
  ]);
}

function openArea(item, on) {
  for (const other of element("ranking").querySelectorAll("[data-cells]")) {
    const open = on && other === item;
    other.setAttribute("aria-expanded", open);
    other.nextElementSibling.hidden = !open;
  }
}

// The list's entry for the chosen cells: the area itself, or one cell in its area.
function entryOf(cells) {
  const areas = [...element("ranking").querySelectorAll("[data-cells]")];
  const area = areas.find((item) => item.dataset.cells.split(" ").includes(String(cells[0])));
  if (!area || cells.length > 1) return area;
  openArea(area, true);
  return area.nextElementSibling.querySelector(`[data-cell="${cells[0]}"]`) ?? area;
}

// The last two parts of a position code tell cells of one grid apart.
function shortCode(code) {
  return code.startsWith("G") ? code.split("-").slice(-2).join("-") : code;
}

function fillTargets(targets, go) {
  element("targets").firstElementChild.replaceChildren(
    ...targets.map((target, i) => {
      const item = make("button", { className: "item", type: "button" }, [
        make("span", { className: "rank", text: i + 1 }),
        make("span", { className: "name", text: target.name }),
        make("span"),
        make("span", { className: "why", text: target.reasons.join(";") }),
      ]);
      item.addEventListener("click", () => go(i));
      return make("li", {}, [item]);
    }),
  );
  element("tab-targets").textContent = say("targets_count", { n: targets.length });
  element("tab-targets").hidden = !targets.length;
}

function markCurrent(list, at) {
  for (const item of element(list).querySelectorAll(".item")) item.removeAttribute("aria-current");
  at?.setAttribute("aria-current", "true");
  at?.scrollIntoView({ block: "nearest" });
}

function bindTabs() {
  const names = ["ranking", "targets"];
  const open = (chosen) => {
    for (const name of names) {
      const on = name === chosen;
      element(name).hidden = !on;
      element(`tab-${name}`).setAttribute("aria-selected", on);
      element(`tab-${name}`).tabIndex = on ? 0 : -1;
    }
  };
  for (const name of names) {
    const other = names[1 - names.indexOf(name)];
    element(`tab-${name}`).addEventListener("click", () => open(name));
    element(`tab-${name}`).addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key) || element(`tab-${other}`).hidden) return;
      open(other);
      element(`tab-${other}`).focus();
    });
  }
}
