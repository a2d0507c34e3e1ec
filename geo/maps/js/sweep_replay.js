// The night again: what each stop and each team was at a moment, and the clock that runs through it.
const SPEEDS = [1, 5, 15]; // minutes of the night a second
const CALM_MS = 1500;
const MINUTES_A_DAY = 1440;
const play = { on: false, speed: SPEEDS[1], now: 0, at: null, seen: 0 };

const clockAt = (seconds) => {
  const minutes = Math.floor(((seconds % 86400) + 86400) % 86400 / 60) % MINUTES_A_DAY;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
};

// The state and team of every stop once all steps up to `last` were taken.
function standAt(last) {
  const state = data.stops.map(() => "waiting");
  const team = data.stops.map((stop) => stop.team);
  for (const step of data.steps.slice(0, last + 1)) {
    if (step.stop < 0) continue;
    if (step.state) state[step.stop] = step.state;
    if (step.owner >= 0) team[step.stop] = step.owner;
  }
  return { state, team };
}

// Where each team is: on its way between the last two places that the journal names, or at one of them.
function carsAt(seconds) {
  return data.teams.map((_, team) => {
    const start = [scene.starts[2 * team], scene.starts[2 * team + 1]];
    let [from, to, since] = [start, null, 0];
    let until = null;
    for (const step of data.steps) {
      if (step.team !== team || step.stop < 0 || !step.move) continue;
      const place = [scene.at[2 * step.stop], scene.at[2 * step.stop + 1]];
      if (step.at <= seconds) {
        if (step.move === "out") [to, since] = [place, step.at];
        else [from, to] = [place, null];
      } else {
        until = step.at;
        break;
      }
    }
    if (!to) return from;
    const share = until === null ? 0.5 : Math.min(1, (seconds - since) / Math.max(1, until - since));
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  });
}

const lastBefore = (seconds) => {
  let last = -1;
  data.steps.forEach((step, i) => { if (step.at <= seconds) last = i; });
  return last;
};

function goTo(seconds, exact) {
  play.now = Math.max(data.first, Math.min(data.last, seconds));
  const last = exact ?? lastBefore(play.now);
  const changed = last !== play.at;
  play.at = last;
  scene.cars = carsAt(play.now);
  element("step").value = play.now;
  element("step").setAttribute("aria-valuetext", clockAt(play.now));
  element("when").textContent = clockAt(play.now);
  if (changed) showStep(last);
  sheet.redraw();
}

function showStep(last) {
  Object.assign(scene, standAt(last));
  const step = data.steps[last];
  element("now-words").textContent = step ? `${step.clock} ${step.words}` : "";
  const reached = scene.state.filter((state) => !["waiting", "under_way", "dropped"].includes(state)).length;
  element("how-many").textContent = say("so_far", { n: reached });
  const rows = element("steps").querySelectorAll(".step-row");
  rows.forEach((row, i) => {
    row.setAttribute("aria-current", String(i === last));
    row.classList.toggle("later", i > last);
  });
  if (!element("steps").hidden && rows[last]) keepInSight(rows[last]);
  fillLists();
  fillLegend();
  if (scene.chosen !== null) fillCard();
}

// scrollIntoView would move the whole page where the panel is folded away
function keepInSight(row) {
  const body = element("panel-body");
  const top = row.offsetTop - body.offsetTop;
  if (top < body.scrollTop || top + row.offsetHeight > body.scrollTop + body.clientHeight) body.scrollTop = top - body.clientHeight / 2;
}

function turn(on) {
  play.on = on;
  element("play").setAttribute("aria-pressed", String(on));
  element("play").setAttribute("aria-label", say(on ? "pause" : "play"));
  if (!on) return;
  if (play.now >= data.last) goTo(data.first);
  play.seen = performance.now();
  calm.matches ? setTimeout(stepOn, CALM_MS) : requestAnimationFrame(run);
}

const pausePlay = () => turn(false);

function run(moment) {
  if (!play.on) return;
  const passed = Math.min(0.25, Math.max(0, (moment - play.seen) / 1000));
  play.seen = moment;
  goTo(play.now + passed * play.speed * 60);
  if (play.now >= data.last) return turn(false);
  requestAnimationFrame(run);
}

// Who wants no motion goes from record to record.
function stepOn() {
  if (!play.on) return;
  const next = play.at + 1;
  if (next >= data.steps.length) return (goTo(data.last), turn(false));
  goTo(data.steps[next].at, next);
  setTimeout(stepOn, CALM_MS);
}

function toStep(by) {
  pausePlay();
  const next = Math.max(-1, Math.min(data.steps.length - 1, (play.at ?? -1) + by));
  goTo(next < 0 ? data.first : data.steps[next].at, next);
}

function drawStepBars() {
  const bars = element("bars");
  const length = Math.max(1, data.last - data.first);
  bars.setAttribute("viewBox", "0 0 1000 10");
  bars.replaceChildren(...data.steps.map((step) => {
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const place = { x: (1000 * (step.at - data.first)) / length - 1.5, y: step.loud ? 0 : 4, width: 3, height: step.loud ? 10 : 6 };
    for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value);
    if (step.loud) bar.classList.add("loud");
    return bar;
  }));
}

function bindReplay() {
  element("timeline").hidden = !data.steps.length;
  document.body.classList.toggle("replays", data.steps.length > 0);
  if (!data.steps.length) return;
  const slider = element("step");
  slider.min = data.first;
  slider.max = data.last;
  slider.addEventListener("input", () => (pausePlay(), goTo(Number(slider.value))));
  element("play").addEventListener("click", () => turn(!play.on));
  element("speed").append(...SPEEDS.map((speed) => {
    const input = make("input", { type: "radio", name: "speed", value: String(speed) });
    input.checked = speed === play.speed;
    input.addEventListener("change", () => (play.speed = speed));
    return make("label", {}, [input, make("span", { text: say("speed_of", { n: speed }) })]);
  }));
  document.addEventListener("keydown", onKey);
  drawStepBars();
  turn(false);
  goTo(data.first);
}

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("#speed input")) return;
  const onMap = element("map").contains(event.target);
  const act = { " ": () => turn(!play.on), ArrowRight: () => toStep(1), ArrowLeft: () => toStep(-1), Home: () => (pausePlay(), goTo(data.first)), End: () => (pausePlay(), goTo(data.last)) }[event.key];
  if (!act || (event.key === " " && event.target.matches("button, summary, a")) || (event.key !== " " && event.target.matches("[role=tab]"))) return;
  if (onMap && event.key !== " ") event.stopPropagation();
  event.preventDefault();
  act();
}
