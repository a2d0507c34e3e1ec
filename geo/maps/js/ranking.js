// The lists beside the map: hot areas of the chosen time with their cells, what was not looked at enough, places to visit.
const MOST_AREAS = 30;
const MOST_CELLS = 12;
const TABS = ["ranking", "open", "targets"];

// Hot cells that share a corner are one area; both areas and their cells are ranked by how sure they are.
function rankAreas({ kind, answer, z, layer }) {
  const heat = z ?? layer.columns.z ?? layer.columns.rate ?? layer.columns.value ?? answer;
  const byHeat = (a, b) => (heat[b] || 0) - (heat[a] || 0);
  const hot = [];
  answer.forEach((code, i) => isHot(kind, code) && hot.push(i));
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

function fillRanking(side, select, chooseCircle) {
  const { now } = side;
  const circles = now.kind === "scan" ? now.layer.circles : [];
  const areas = now.kind === "scan" ? [] : rankAreas(now);
  const items = circles.length
    ? circles.map((circle, i) => circleItem(circle, i, chooseCircle))
    : areas.slice(0, MOST_AREAS).map((cells, i) => areaItem(now, cells, i + 1, select));
  const none = make("li", {}, [make("p", { text: say("no_hotspots") })]);
  element("ranking").firstElementChild.replaceChildren(...(items.length ? items : [none]));
  const title = circles.length ? say("circles_count", { n: circles.length }) : say(now.change ? "change_count" : "ranking_count", { n: areas.length });
  element("tab-ranking").textContent = element("grip-text").textContent = title;
  fillOpen(now, select);
}

// Cells that nobody looked at often enough, those first that need the fewest visits.
function fillOpen(now, select) {
  const settle = now.layer.columns.settle;
  const open = [];
  if (now.layer.kind === "effort" && !now.change) now.answer.forEach((code, i) => code === 8 && settle?.[i] > 0 && open.push(i));
  open.sort((a, b) => settle[a] - settle[b]);
  element("open").firstElementChild.replaceChildren(...open.slice(0, MOST_AREAS).map((cell, i) => {
    const item = cellButton(now, [cell], i + 1, placeOf(cell), shortCode(scene.cells.codes[cell]), settleOf(cell, now));
    item.addEventListener("click", () => select([cell]));
    return make("li", {}, [item]);
  }));
  element("tab-open").textContent = say("open_count", { n: open.length });
  element("tab-open").hidden = !open.length;
  if (!open.length && !element("open").hidden) openTab("ranking");
}

function circleItem(circle, i, chooseCircle) {
  const [first, ...rest] = describeCircle(circle, i + 1);
  const item = make("button", { className: "item", type: "button" }, [
    make("span", { className: "rank", text: i + 1 }),
    make("span", { className: "name", text: first }),
    make("span"),
    make("span", { className: "why", text: rest.join(" · ") }),
  ]);
  item.dataset.circle = i;
  item.addEventListener("click", () => chooseCircle(i));
  return make("li", {}, [item]);
}

function areaItem(now, cells, rank, select) {
  const item = cellButton(now, cells, rank, placesOf(cells), say("cells_in_area", { n: cells.length }));
  item.dataset.cells = cells.join(" ");
  const inner = make("ol", { className: "inner" }, cells.slice(0, MOST_CELLS).map((cell) => {
    const one = cellButton(now, [cell], "", shortCode(scene.cells.codes[cell]), "");
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

function cellButton(now, cells, rank, name, code, why = reasonOf(cells, now)) {
  const level = now.answer[cells[0]];
  const mark = CLASSES[now.kind].includes(level) ? [levelSwatch(`${now.kind}_${level}`), say(`short_${now.kind}_${level}`)] : [];
  return make("button", { className: "item", type: "button" }, [
    make("span", { className: "rank", text: rank }),
    make("span", { className: "name", text: name }, [make("span", { className: "code", text: code })]),
    make("span", { className: "chip" }, mark),
    make("span", { className: "why", text: why }),
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

function openTab(chosen) {
  for (const name of TABS) {
    element(name).hidden = name !== chosen;
    element(`tab-${name}`).setAttribute("aria-selected", name === chosen);
    element(`tab-${name}`).tabIndex = name === chosen ? 0 : -1;
  }
}

function bindTabs() {
  for (const name of TABS) {
    element(`tab-${name}`).addEventListener("click", () => openTab(name));
    element(`tab-${name}`).addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const shown = TABS.filter((each) => !element(`tab-${each}`).hidden);
      const next = shown[(shown.indexOf(name) + step + shown.length) % shown.length];
      openTab(next);
      element(`tab-${next}`).focus();
    });
  }
}
