// Puts the coverage page together.
const scene = readScene();
const sheet = new Sheet(scene);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const phone = matchMedia("(max-width: 720px)");
const MOST_DUE = 200;
let band = 0;

function readScene() {
  const { items } = data;
  const shapes = items.shapes ? unpackShapes(items.shapes) : null;
  return {
    shapes,
    at: items.at ? unpackPoints(items.at) : null,
    middles: items.middles ? unpackPoints(items.middles) : null,
    place: unpack(items.place),
    who: unpack(items.who),
    levels: items.levels.map(unpack),
    last: items.last.map(unpack),
    leads: Array.from(unpack(items.leads), Boolean),
    level: unpack(items.levels[0]),
    visits: readVisits(data.visits, items.names.length),
    townships: unpackShapes(data.townships.shapes),
    zones: data.zones ? unpackShapes(data.zones) : [],
    roads: unpackShapes(data.roads),
    names: data.townships.names,
    nameAt: unpackPoints(data.townships.labels),
    kept: null,
    chosen: null,
  };
}

function readVisits({ counts, minute, band: bands, outcome, who }, many) {
  const [number, at, of, result, person] = [unpack(counts), unpack(minute), unpack(bands), unpack(outcome), unpack(who)];
  const visits = [];
  for (let i = 0, next = 0; i < many; i++) {
    visits.push(Array.from({ length: number[i] }, () => {
      const visit = { at: at[next], band: of[next], outcome: result[next], who: person[next] };
      next += 1;
      return visit;
    }));
  }
  return visits;
}

// ---- words

// Days and minutes are those of China, whatever the clock of the reader says.
const dayOf = (day) => (day ? new Date(day * 864e5).toISOString().slice(0, 10) : say("never_day"));
const momentOf = (minute) => new Date(minute * 6e4).toISOString().slice(0, 16).replace("T", " ");
const nameOf = (i) => data.items.names[i] || data.items.codes[i];
const placeOf = (i) => data.places[scene.place[i]] || say("nowhere");
const personOf = (i) => data.people[scene.who[i]] || say("nobody");

function describe(i) {
  return [nameOf(i), [say(`level_${LEVELS_OF[scene.level[i]]}`), dayOf(scene.last[band][i])].join(" · "), [placeOf(i), personOf(i)].join(" · ")];
}

// ---- lists

function tallies(of, names) {
  const found = new Map();
  scene.level.forEach((level, i) => {
    const key = of[i];
    if (!found.has(key)) found.set(key, { key, name: names[key], items: [], counts: [0, 0, 0, 0] });
    const tally = found.get(key);
    tally.items.push(i);
    tally.counts[level] += 1;
  });
  const share = ({ counts, items }) => (counts[2] + counts[3]) / items.length;
  return [...found.values()].sort((a, b) => share(a) - share(b) || b.items.length - a.items.length);
}

function standingRow(tally, unknown) {
  const { counts, items } = tally;
  const percent = Math.floor((100 * (counts[2] + counts[3])) / items.length);
  const words = counts.map((n, level) => (n ? say("level_count", { level: say(`level_${LEVELS_OF[level]}`), n }) : "")).filter(Boolean);
  const row = make("button", { type: "button", className: "standing", "aria-pressed": "false" }, [
    make("span", { className: "standing-head" }, [
      make("strong", { text: tally.name || unknown }), make("span", { text: say("percent", { n: percent, many: items.length }) }),
    ]),
    bar(counts, items.length),
    make("small", { text: words.join(say("comma")) }),
  ]);
  row.addEventListener("click", () => keep(row, items));
  return row;
}

const bar = (counts, all) =>
  drawing(320, 12, "", (context) => {
    let from = 0;
    [3, 2, 1, 0].forEach((level) => {
      const width = (320 * counts[level]) / all;
      if (!width) return;
      context.beginPath();
      context.rect(from, 0.5, width, 11);
      paintLevel(context, level);
      from += width;
    });
  });

function keep(row, items) {
  const again = row.getAttribute("aria-pressed") === "true";
  for (const each of document.querySelectorAll(".standing")) each.setAttribute("aria-pressed", "false");
  row.setAttribute("aria-pressed", String(!again));
  scene.kept = again ? null : new Set(items);
  sheet.redraw();
  if (again) wholeCounty(!calm.matches);
  else flyTo(boxOfItems(items), 14);
}

function fillLists() {
  element("places").replaceChildren(...tallies(scene.place, data.places).map((each) => standingRow(each, say("nowhere"))));
  element("people").replaceChildren(...tallies(scene.who, data.people).map((each) => standingRow(each, say("nobody"))));
  fillDue();
}

function fillDue() {
  const due = [...scene.level.keys()].filter((i) => scene.level[i] < 2);
  due.sort((a, b) => scene.last[band][a] - scene.last[band][b]);
  const rows = due.slice(0, MOST_DUE).map((i) => {
    const [name, state, where] = describe(i);
    const row = make("button", { type: "button", className: "standing" }, [
      make("span", { className: "standing-head" }, [make("strong", { text: name }), make("span", { text: state })]),
      make("small", { text: where }),
    ]);
    row.addEventListener("click", () => choose(i, true));
    return row;
  });
  if (due.length > MOST_DUE) rows.push(make("p", { className: "none", text: say("more", { n: due.length - MOST_DUE }) }));
  element("due").replaceChildren(...(rows.length ? rows : [make("p", { className: "none", text: say("nothing_due") })]));
  element("tab-due").textContent = say("tab_due", { n: due.length });
}

// ---- one item

function choose(i, fly) {
  scene.chosen = i;
  sheet.redraw();
  element("card-title").textContent = nameOf(i);
  const [, state, where] = describe(i);
  const visits = scene.visits[i].map(({ at, band: of, outcome, who }) =>
    make("li", {}, [
      make("span", { text: momentOf(at) }),
      make("span", { text: [data.bands[of]?.label, say(`outcome_${data.outcomes[outcome]}`), data.people[who]].filter(Boolean).join(" · ") }),
    ]));
  const parts = [make("p", { text: [data.items.codes[i], where].filter(Boolean).join(" · ") }), make("p", { text: state })];
  parts.push(visits.length ? make("ul", {}, visits) : make("p", { text: say("no_visits") }));
  const address = addressOf(i);
  if (address) parts.push(make("a", { href: address, target: "_blank", rel: "noopener", text: say("records") }));
  element("card-body").replaceChildren(...parts);
  element("card").hidden = false;
  element("said").textContent = describe(i).join(say("comma"));
  if (fly) {
    flyTo(boxOfItems([i]), 15);
    element("card-title").focus();
  }
}

// Only ever an address of the place that made the map, with an id behind it.
function addressOf(i) {
  const id = data.ids[i];
  return data.link && /^[0-9a-f-]{36}$/.test(id) ? data.link + id : "";
}

function closeCard() {
  element("card").hidden = true;
  scene.chosen = null;
  sheet.redraw();
}

// ---- the map

function boxOfItems(items) {
  const boxes = items.map((i) => (scene.shapes ? scene.shapes[i].box : [scene.at[2 * i], scene.at[2 * i + 1], scene.at[2 * i], scene.at[2 * i + 1]]));
  const edge = (pick, side) => boxes.reduce((found, box) => pick(found, box[side]), boxes[0][side]);
  return [edge(Math.min, 0), edge(Math.min, 1), edge(Math.max, 2), edge(Math.max, 3)];
}

function room(maxZoom) {
  if (phone.matches) return { paddingTopLeft: [16, 130], paddingBottomRight: [16, 190], maxZoom };
  return { paddingTopLeft: [392, 24], paddingBottomRight: [24, 24], maxZoom };
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

function itemAt(latlng) {
  const [x, y] = mercator(latlng.lng, latlng.lat);
  if (scene.shapes) return scene.shapes.findIndex((shape) => holds(shape, x, y));
  const reach = (14 / 2 ** map.getZoom()) ** 2;
  let best = -1;
  let nearest = reach;
  for (let i = 0; i < scene.level.length; i++) {
    const gap = (scene.at[2 * i] - x) ** 2 + (scene.at[2 * i + 1] - y) ** 2;
    if (gap < nearest) [best, nearest] = [i, gap];
  }
  return best;
}

function bindMap() {
  bindTip(map, ({ latlng }) => {
    const i = itemAt(latlng);
    return i < 0 ? null : describe(i);
  });
  map.on("click", (event) => {
    const i = itemAt(event.latlng);
    if (i < 0) closeCard();
    else choose(i, false);
  });
  element("zoom-in").addEventListener("click", () => map.zoomIn());
  element("zoom-out").addEventListener("click", () => map.zoomOut());
  element("zoom-all").addEventListener("click", () => wholeCounty(!calm.matches));
  element("card-close").addEventListener("click", closeCard);
}

// ---- what stands around it

function fillLegend() {
  const counts = [0, 0, 0, 0];
  scene.level.forEach((level) => (counts[level] += 1));
  const rows = [3, 2, 1, 0].map((level) =>
    make("li", {}, [levelSwatch(level), make("span", { text: say(`level_${LEVELS_OF[level]}`) }), make("span", { className: "many", text: counts[level].toLocaleString() })]));
  if (scene.shapes) {
    const mark = drawing(22, 16, "mark", (context) => {
      pointPath(context, LEAD.shape, 11, 8, LEAD.size);
      paintPoints(context, LEAD);
    });
    rows.push(make("li", {}, [mark, make("span", { text: say("leads") }), make("span", { className: "many", text: scene.leads.filter(Boolean).length.toLocaleString() })]));
  }
  element("legend").replaceChildren(make("h2", { text: say("legend") }), make("ul", {}, rows));
}

function fillBands() {
  const fieldset = element("bands");
  fieldset.hidden = data.bands.length < 2;
  data.bands.forEach(({ label }, i) => {
    const input = make("input", { type: "radio", name: "band", value: String(i) });
    input.checked = i === 0;
    input.addEventListener("change", () => show(i));
    fieldset.append(make("label", {}, [input, make("span", { text: label })]));
  });
}

function show(i) {
  band = i;
  scene.level = scene.levels[i];
  scene.kept = null;
  fillLegend();
  fillLists();
  if (scene.chosen !== null) choose(scene.chosen, false);
  sheet.redraw();
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

const TABS = ["places", "people", "due"];

function openTab(name) {
  for (const each of TABS) {
    const tab = element(`tab-${each}`);
    tab.setAttribute("aria-selected", String(each === name));
    tab.tabIndex = each === name ? 0 : -1;
    element(each).hidden = each !== name;
  }
}

function bindTabs() {
  TABS.forEach((name, i) => {
    const tab = element(`tab-${name}`);
    tab.addEventListener("click", () => openTab(name));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: TABS.length - 1 }[event.key];
      if (!step) return;
      const next = TABS[(i + step) % TABS.length];
      openTab(next);
      element(`tab-${next}`).focus();
    });
  });
}

function nameThings() {
  for (const id of ["title", "subtitle", "credit"]) element(id).textContent = data[id];
  for (const id of ["about", "method"]) element(id).textContent = say(id);
  element("tab-places").textContent = say("tab_places");
  element("tab-people").textContent = say("tab_people");
  element("grip-text").textContent = say("panel");
  const labels = { map: "map", panel: "panel", tools: "tools", bands: "bands", "zoom-in": "zoom_in", "zoom-out": "zoom_out", "zoom-all": "whole_county", "card-close": "close" };
  for (const [id, key] of Object.entries(labels)) element(id).setAttribute("aria-label", say(key));
  element("map").setAttribute("role", "application");
}

nameThings();
bindPanel();
bindTabs();
fillBands();
sheet.addTo(map);
show(0);
bindMap();
wholeCounty(false);
