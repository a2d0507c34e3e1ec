// The two lists beside the map: the hottest cells of the chosen time, and the places to visit.
function rankCells(scene) {
  const hot = [];
  scene.now.level.forEach((level, i) => level > 0 && level < 9 && hot.push(i));
  return hot.sort((a, b) => scene.now.z[b] - scene.now.z[a]).slice(0, 50);
}

function countsIn(scene, cell) {
  return scene.points
    .filter((layer) => layer.day)
    .map((layer) => {
      let n = 0;
      for (let i = 0; i < layer.cell.length; i++) if (layer.cell[i] === cell && inWindow(layer, i, scene)) n++;
      return { label: layer.label, n };
    });
}

function placeOf(scene, cell) {
  return scene.names[scene.cells.place[cell]] ?? say("nowhere");
}

function reasonOf(scene, cell) {
  const counts = countsIn(scene, cell).filter(({ n }) => n).map((one) => say("count", one));
  return [...(counts.length ? counts : [say("beside")]), say("z", { z: (scene.now.z[cell] / 100).toFixed(2) })].join(" · ");
}

function fillRanking(scene, select) {
  const cells = rankCells(scene);
  const items = cells.map((cell, i) => {
    const level = scene.now.level[cell];
    const chip = make("span", { className: "chip" }, [levelSwatch(level), say(`short_${level}`)]);
    const item = make("button", { className: "item", type: "button" }, [
      make("span", { className: "rank", text: i + 1 }),
      make("span", { className: "name", text: placeOf(scene, cell) }, [
        make("span", { className: "code", text: shortCode(scene.cells.codes[cell]) }),
      ]),
      chip,
      make("span", { className: "why", text: reasonOf(scene, cell) }),
    ]);
    item.dataset.cell = cell;
    item.addEventListener("click", () => select(cell, true));
    return make("li", {}, [item]);
  });
  const none = make("li", {}, [make("p", { text: say("no_hotspots") })]);
  element("ranking").firstElementChild.replaceChildren(...(items.length ? items : [none]));
  element("tab-ranking").textContent = say("ranking_count", { n: cells.length });
  element("grip-text").textContent = say("ranking_count", { n: cells.length });
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
