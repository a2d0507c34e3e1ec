// Which answer is shown: the method, the lens, and one period, the other, both side by side, or their difference.
const MODES = ["now", "before", "both", "change"];

function answerOf(period, layer) {
  const frame = layer.frames[view.step - 1];
  const now = { layer, period, kind: layer.kind, painted: layer.kind, words: layer.kind, code: layer.code, answer: layer.code, z: null, days: period.days, lens: view.lens };
  if (frame) {
    const [code, z] = [new Int8Array(layer.code.length), new Float64Array(layer.code.length)];
    frame.cells.forEach((cell, i) => ([code[cell], z[cell]] = [frame.code[i], frame.z[i]]));
    Object.assign(now, { code, answer: code, z, days: frame.days });
  }
  return lensed(now);
}

function lensed(now) {
  if (now.lens === "visits" && now.period.visits) return { ...now, painted: "visits", words: "visits", code: visitBands(now.period.visits) };
  const certainty = now.lens === "certainty" ? certaintyOf(now.layer) : null;
  return certainty ? { ...now, painted: "certainty", words: certainty.kind, code: certainty.code } : { ...now, lens: "answer" };
}

const layerIn = (period) => period?.layers.find(({ key }) => key === view.layer);

function changed(now, before) {
  if (!before || now.kind === "scan") return now;
  const code = changeOf(now.kind, now.layer.code, before.code);
  return { ...now, change: true, kind: "change", painted: "change", words: "change", code, answer: code, lens: "answer" };
}

// Both sides anew, the lists, the legend and what it is cited by.
function showAnswer() {
  const [here, there] = scene.periods;
  const period = view.mode === "before" ? there : here;
  main.now = answerOf(period, layerIn(period) ?? layerIn(here));
  main.compared = null;
  if (view.mode === "change") {
    main.now = changed(main.now, layerIn(there));
    main.compared = layerIn(there);
  }
  if (view.mode === "both") other.now = answerOf(there, layerIn(there));
  fillRanking(main, select, chooseCircle);
  fillLegend(main);
  fillCitation(main);
  element("method").textContent = main.now.layer.says || say("method");
  if (main.selected.length) markCurrent("ranking", entryOf(main.selected));
  redrawAll();
}

function showView() {
  main.circle = null;
  view.step = Math.min(view.step, framesNow().length);
  fillLenses();
  fillModes();
  if (view.mode === "both") splitMap();
  document.body.dataset.mode = view.mode;
  showAnswer();
  fillTimeline();
  settleMaps();
}

function fillMethods() {
  const select = element("methods");
  const named = scene.periods[0].layers.map(({ key, name }) => make("option", { value: key, text: name }));
  select.replaceChildren(...named);
  select.value = view.layer;
  select.addEventListener("change", () => {
    Object.assign(view, { layer: select.value, step: 0 });
    closeCard();
    showView();
  });
}

function radios(id, name, values, chosen, words, change) {
  const set = element(id);
  set.hidden = values.length < 2;
  set.replaceChildren(...values.map((value) => {
    const input = make("input", { type: "radio", name, value });
    input.checked = value === chosen;
    input.addEventListener("change", () => (change(value), showView(), set.querySelector(":checked")?.focus()));
    return make("label", {}, [input, make("span", { text: words(value) })]);
  }));
}

function fillLenses() {
  const period = view.mode === "before" ? scene.periods[1] : scene.periods[0];
  const lenses = view.mode === "change" ? ["answer"] : lensesOf(layerIn(period) ?? scene.periods[0].layers[0], period);
  if (!lenses.includes(view.lens)) view.lens = "answer";
  radios("lenses", "lens", lenses, view.lens, (lens) => say(`lens_${lens}`), (lens) => (view.lens = lens));
}

function fillModes() {
  const modes = layerIn(scene.periods[1]) ? MODES : ["now"];
  if (!modes.includes(view.mode)) view.mode = "now";
  radios("modes", "mode", modes, view.mode, (mode) => say(`mode_${mode}`), (mode) => Object.assign(view, { mode, step: 0 }));
  element("name-main").textContent = scene.periods[view.mode === "before" ? 1 : 0].name;
  element("name-other").textContent = scene.periods[1]?.name ?? "";
}

// The second map is made when it is first asked for, and goes where the first one goes.
function splitMap() {
  if (other.map) return;
  other.map = L.map(element("map-other"), { ...map.options, zoomControl: false, attributionControl: false, center: map.getCenter(), zoom: map.getZoom() });
  other.sheet = new Sheet(other);
  other.now = answerOf(scene.periods[1], layerIn(scene.periods[1]));
  other.sheet.addTo(other.map);
  bindMap(other.map, other);
  const follow = (from, to) => from.on("move", () => {
    if (view.mode !== "both" || view.following) return;
    view.following = true;
    to.setView(from.getCenter(), from.getZoom(), { animate: false });
    view.following = false;
  });
  follow(map, other.map);
  follow(other.map, map);
}

function settleMaps() {
  const both = view.mode === "both";
  element("map-other").hidden = !both;
  element("name-other").hidden = !both;
  element("name-main").hidden = scene.periods.length < 2 || view.mode === "change";
  map.invalidateSize({ animate: false });
  if (view.split !== both) wholeCounty(false);
  view.split = both;
  if (both) {
    showLegend(false);
    other.map.invalidateSize({ animate: false });
    other.map.setView(map.getCenter(), map.getZoom(), { animate: false });
  }
}
