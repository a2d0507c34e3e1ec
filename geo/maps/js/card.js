// One cell in full: what each method says of it, what was counted in it, how often somebody looked, and its records.
function openCard(cell, side) {
  const { now } = side;
  const facts = [
    ...now.period.layers.filter((layer) => layer.kind !== "scan").map((layer) => fact(layer.name, cellWords(cell, layer), layerMark(cell, layer))),
    ...countsIn([cell], now).map(({ label, n }) => fact(label, say("events_in_window", { n }))),
  ];
  const { visits, checks } = now.period;
  if (visits) facts.push(fact(say("visits"), visits[cell] > 0 ? say("times", { n: decimals(visits[cell], 1) }) : say("never_looked")));
  if (checks) facts.push(fact(say("checks"), say("times", { n: checks[cell] })));
  element("card-title").textContent = placeOf(cell);
  element("card-body").replaceChildren(
    make("p", { text: [say("cell_code", { code: scene.cells.codes[cell] }), now.period.name].join(" · ") }),
    ...settleNotes(cell, now).map((text) => make("p", { className: "settle", text })),
    make("ul", {}, facts),
    ...recordsOf(cell),
  );
  element("card").hidden = false;
}

const fact = (word, value, mark) => make("li", {}, [make("span", { text: word }), make("span", {}, [...(mark ? [mark] : []), value])]);

function settleNotes(cell, now) {
  const layer = now.period.layers.find(({ kind }) => kind === "effort");
  const note = layer ? settleOf(cell, { layer, answer: layer.code }) : "";
  return note ? [note] : [];
}

function layerMark(cell, { kind, code }) {
  return CLASSES[kind].includes(code[cell]) ? levelSwatch(`${kind}_${code[cell]}`) : null;
}

function cellWords(cell, layer) {
  const code = CLASSES[layer.kind].includes(layer.code[cell]) ? layer.code[cell] : 0;
  return [wordsOf(layer.kind, code), figureOf(cell, { layer, kind: layer.kind })].filter(Boolean).join(" · ");
}

// Only ever an address of the place that made the map, with the number of a cell behind it.
function recordsOf(cell) {
  if (!/^(https?:\/\/|\/)/.test(data.records)) return [];
  const link = make("a", { href: `${data.records}${cell}`, target: "_blank", rel: "noopener", text: say("records") });
  return [link, make("p", { className: "note", text: say("records_online") })];
}

function closeCard() {
  element("card").hidden = true;
  scene.selected = [];
}
