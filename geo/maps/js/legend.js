// What the colours mean, in words; each line can be put away.
function fillLegend(side) {
  const { painted, words, code, layer } = side.now;
  const rows = [make("h2", { text: legendTitle(side.now) })];
  const counts = new Map();
  code.forEach((each) => counts.set(each, (counts.get(each) ?? 0) + 1));
  for (const each of CLASSES[painted]) {
    const key = `${painted}_${each}`;
    const many = painted === "density" ? "" : counts.get(each) ?? 0;
    if (many === 0) continue;
    const put = (on) => (on ? scene.hidden.delete(key) : scene.hidden.add(key));
    rows.push(layerRow(wordsOf(words, each), levelSwatch(key), many.toLocaleString(), !scene.hidden.has(key), put));
  }
  if (painted === "scan") rows.push(...circleRows(layer, side.compared));
  rows.push(make("p", { className: "note", text: say(`legend_note_${painted}`) }), make("h2", { text: say("on_the_map") }), ...baseRows());
  element("layers").replaceChildren(...rows);
}

function legendTitle(now) {
  if (now.change) return say("legend_change");
  return now.lens === "answer" ? now.layer.name : say(`lens_${now.lens}`);
}

function circleRows(layer, compared) {
  const ring = (colour, dash) =>
    drawing(26, 20, "mark", (context) => {
      context.arc(13, 10, 8, 0, 7);
      context.setLineDash(dash);
      context.strokeStyle = token(colour);
      context.lineWidth = 2;
      context.stroke();
    });
  const row = (words, mark, many) => make("div", { className: "row" }, [make("span"), mark, make("span", { text: words }), make("span", { className: "many", text: many })]);
  const sure = layer.circles.filter(({ p }) => p <= 0.05).length;
  const rows = [row(say("circle_sure"), ring("hot99", []), sure), row(say("circle_chance"), ring("map-county", [4, 3]), layer.circles.length - sure)];
  if (compared) rows.push(row(say("circle_before"), ring("cold", [2, 4]), compared.circles.length));
  return rows;
}

function baseRows() {
  const rows = scene.points.map((layer) =>
    layerRow(layer.label, roleMark(layer.role), (layer.at.length / 2).toLocaleString(), layer.shown, (on) => (layer.shown = on)));
  const base = (key, mark) => layerRow(say(key), mark, "", scene.shown[key], (on) => (scene.shown[key] = on));
  rows.push(base("townships", lineMark(token("map-county"), 1.5)));
  if (scene.roads.length) rows.push(base("roads", lineMark(token("map-road-edge"), 5)));
  return rows;
}

function layerRow(text, mark, many, on, change) {
  const box = make("input", { type: "checkbox" });
  box.checked = on;
  box.addEventListener("change", () => (change(box.checked), redrawAll()));
  return make("label", {}, [box, mark, make("span", { text }), make("span", { className: "many", text: many })]);
}

// Beside the list, an open legend leaves no map below this width.
const roomy = matchMedia("(min-width: 1100px)");

function showLegend(on) {
  element("layers").hidden = !on;
  element("layers-button").setAttribute("aria-expanded", on);
}

function bindLegend() {
  element("layers-button").addEventListener("click", () => showLegend(element("layers").hidden));
  document.addEventListener("keydown", (event) => event.key === "Escape" && !roomy.matches && showLegend(false));
  showLegend(roomy.matches);
}
