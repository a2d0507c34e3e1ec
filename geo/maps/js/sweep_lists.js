// The lists of the panel: teams with their routes, all stops, and what happened; and the card of one stop.
const routeOf = (team) =>
  [...data.stops.keys()].filter((stop) => scene.team[stop] === team).sort((a, b) => data.stops[a].position - data.stops[b].position);

const stateWords = (stop) => say(`state_${scene.state[stop]}`);

function stopRow(stop) {
  const { name, when } = data.stops[stop];
  const row = make("button", { type: "button", className: "at", "data-stop": String(stop) }, [
    badgeMark(badgeOf(stop), colourOf(scene.team[stop]), scene.state[stop]),
    make("span", { className: "what" }, [name, ...(when ? [make("small", { text: when })] : [])]),
    make("span", { className: "side", text: hasStates() ? stateWords(stop) : "" }),
  ]);
  row.setAttribute("aria-current", String(scene.chosen === stop));
  row.addEventListener("click", () => choose(stop, true));
  return make("li", {}, [row]);
}

const hasStates = () => data.steps.length > 0 || data.stops.some(({ state }) => state !== "waiting");

function routeBlock(team) {
  const route = routeOf(team);
  const { name, facts } = team < 0 ? { name: say("no_team"), facts: [] } : data.teams[team];
  const head = make("button", { type: "button", className: "route-head", "aria-pressed": String(scene.kept === team) }, [
    badgeMark(team < 0 ? "–" : String(data.teams[team].number), colourOf(team), "done"),
    make("strong", { text: name }), make("span", { text: say("team_stops", { n: route.length }) }),
  ]);
  head.addEventListener("click", () => keep(team));
  return make("section", { className: "route" }, [
    head, ...facts.map(([word, value]) => make("p", { className: "route-facts", text: `${word} ${value}` })), make("ol", {}, route.map(stopRow)),
  ]);
}

function keep(team) {
  scene.kept = scene.kept === team ? null : team;
  fillLists();
  sheet.redraw();
  if (scene.kept === null) return wholeCounty(!calm.matches);
  const places = routeOf(team).map((stop) => [scene.at[2 * stop], scene.at[2 * stop + 1]]);
  if (team >= 0) places.push([scene.starts[2 * team], scene.starts[2 * team + 1]]);
  if (places.length) flyTo(boxAround(places), 16);
}

function boxAround(places) {
  const [x, y] = [places.map((each) => each[0]), places.map((each) => each[1])];
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

function fillLists() {
  const teams = [...data.teams.keys()].filter((team) => data.stops.length === 0 || routeOf(team).length || data.teams.length < 8);
  if (routeOf(-1).length) teams.push(-1);
  const none = make("p", { className: "none", text: say("no_stops") });
  element("teams").replaceChildren(...(teams.length ? teams.map(routeBlock) : [none]));
  const sorted = [...data.stops.keys()].sort((a, b) => data.stops[a].name.localeCompare(data.stops[b].name, data.labels.language));
  element("stops").replaceChildren(sorted.length ? make("ol", {}, sorted.map(stopRow)) : none.cloneNode(true));
  element("tab-stops").textContent = say("tab_stops", { n: data.stops.length });
}

function fillSteps() {
  element("tab-steps").hidden = !data.steps.length;
  const rows = data.steps.map(({ clock, words, loud }, i) => {
    const row = make("button", { type: "button", className: loud ? "step-row loud" : "step-row" }, [make("span", { text: clock }), make("span", { text: words })]);
    row.addEventListener("click", () => (pausePlay(), goTo(data.steps[i].at, i)));
    return make("li", {}, [row]);
  });
  element("steps").replaceChildren(rows.length ? make("ol", {}, rows) : make("p", { className: "none", text: say("no_steps") }));
}

// ---- one stop

function choose(stop, fly) {
  scene.chosen = stop;
  fillCard();
  for (const row of document.querySelectorAll(".at")) row.setAttribute("aria-current", String(Number(row.dataset.stop) === stop));
  sheet.redraw();
  element("said").textContent = [badgeOf(stop), data.stops[stop].name, stateWords(stop)].join(say("comma"));
  if (fly) {
    flyTo(boxAround([[scene.at[2 * stop], scene.at[2 * stop + 1]]]), 14);
    element("card-title").focus();
  }
}

function fillCard() {
  const stop = scene.chosen;
  if (stop === null) return;
  const { name, when, facts, notes, picture, link } = data.stops[stop];
  const team = data.teams[scene.team[stop]];
  const rows = [[say("planned"), when], ...(hasStates() ? [[say("state"), stateWords(stop)]] : []), ...facts].filter(([, value]) => value);
  const others = link ? data.stops.filter((other, i) => i !== stop && other.link === link).map((other) => other.name) : [];
  const parts = [make("p", { text: [badgeOf(stop), team?.name].filter(Boolean).join(" · ") })];
  if (picture && /^[A-Za-z0-9+/=]+$/.test(picture)) parts.push(make("img", { className: "picture", src: `data:image/jpeg;base64,${picture}`, alt: name }));
  if (others.length) parts.push(make("p", { text: say("linked", { names: others.join(say("join")) }) }));
  parts.push(make("ul", {}, rows.map(([word, value]) => make("li", {}, [make("span", { text: word }), make("span", { text: value })]))));
  if (notes.length) parts.push(make("ul", { className: "notes" }, notes.map((text) => make("li", { text }))));
  const address = addressOf(stop);
  if (address) parts.push(make("a", { href: address, target: "_blank", rel: "noopener", text: say("open") }));
  element("card-title").textContent = name;
  element("card-body").replaceChildren(...parts, walkButtons(stop));
  element("card").hidden = false;
}

// Only ever an address of the place that made the map, with an id behind it.
function addressOf(stop) {
  const { record } = data.stops[stop];
  return data.records && /^[0-9a-f-]{36}$/.test(record) ? data.records + record : "";
}

function walkButtons(stop) {
  const route = routeOf(scene.team[stop]);
  const at = route.indexOf(stop);
  const step = (key, to) => {
    const button = make("button", { type: "button", text: say(key) });
    button.disabled = to === undefined;
    button.addEventListener("click", () => choose(to, true));
    return button;
  };
  return make("div", { className: "walk" }, [step("previous", route[at - 1]), step("next", route[at + 1])]);
}

function closeCard() {
  element("card").hidden = true;
  scene.chosen = null;
  for (const row of document.querySelectorAll(".at")) row.setAttribute("aria-current", "false");
  sheet.redraw();
}
