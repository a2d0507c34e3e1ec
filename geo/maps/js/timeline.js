// The slider: step 0 is the whole period, then one step a week or month.
const STEP_MS = 1100;

function bindTimeline(scene, show) {
  const { frames } = scene;
  const slider = element("step");
  if (!frames.length) return;
  element("timeline").hidden = false;
  slider.max = frames.length;
  drawBars(scene);
  let timer = null;
  const play = (on) => {
    clearInterval(timer);
    timer = on ? setInterval(() => go((Number(slider.value) % frames.length) + 1), STEP_MS) : null;
    element("play").setAttribute("aria-pressed", on);
    element("play").setAttribute("aria-label", say(on ? "pause" : "play"));
  };
  const go = (step) => {
    slider.value = step;
    show(step);
    describeStep(scene, step);
    if (timer && step === frames.length) play(false);
  };
  slider.addEventListener("input", () => (play(false), go(Number(slider.value))));
  element("play").addEventListener("click", () => {
    const starting = timer === null;
    play(starting);
    if (starting) go((Number(slider.value) % frames.length) + 1);
  });
  play(false);
  go(0);
}

function describeStep(scene, step) {
  const label = step ? scene.frames[step - 1].label : say("whole_period");
  const events = say("events_in_window", { n: eventsIn(scene, scene.now.days) });
  element("when").textContent = label;
  element("how-many").textContent = events;
  element("step").setAttribute("aria-valuetext", `${label},${events}`);
  element("bars").querySelectorAll("rect").forEach((bar, i) => bar.classList.toggle("now", i === step - 1));
}

function eventsIn(scene, days) {
  let n = 0;
  for (const layer of scene.points) {
    if (layer.day) for (const day of layer.day) if (!days || (day >= days[0] && day <= days[1])) n++;
  }
  return n;
}

function drawBars(scene) {
  const counts = scene.frames.map((frame) => eventsIn(scene, frame.days));
  const most = Math.max(1, ...counts);
  const bars = element("bars");
  bars.setAttribute("viewBox", `0 0 ${counts.length + 1} 1`);
  counts.forEach((n, i) => {
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    // a bar stands over its step of the slider, whose thumb stops half a bar from either end
    const place = { x: i + 1.12, y: 1 - n / most, width: 0.76, height: Math.max(n / most, 0.02) };
    for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value);
    bars.append(bar);
  });
}
