// The slider: step 0 is the whole period, then one step a week or month.
const STEP_MS = 1100;
let timer = null;

function play(on) {
  clearInterval(timer);
  const steps = framesNow().length;
  timer = on ? setInterval(() => goTo((Number(element("step").value) % steps) + 1), STEP_MS) : null;
  element("play").setAttribute("aria-pressed", on);
  element("play").setAttribute("aria-label", say(on ? "pause" : "play"));
}

const framesNow = () => (view.mode === "now" || view.mode === "before" ? main.now.layer.frames : []);

function goTo(step) {
  element("step").value = view.step = step;
  showAnswer();
  describeStep(step);
  if (timer && step === framesNow().length) play(false);
}

function bindTimeline() {
  const slider = element("step");
  slider.addEventListener("input", () => (play(false), goTo(Number(slider.value))));
  element("play").addEventListener("click", () => {
    const starting = timer === null;
    play(starting);
    if (starting) goTo((Number(slider.value) % framesNow().length) + 1);
  });
}

// A method that only knows the whole period has no slider.
function fillTimeline() {
  const frames = framesNow();
  element("timeline").hidden = !frames.length;
  play(false);
  if (!frames.length) return;
  element("step").max = frames.length;
  element("step").value = view.step;
  drawBars(frames);
  describeStep(view.step);
}

function describeStep(step) {
  const label = step ? framesNow()[step - 1].label : say("whole_period");
  const events = say("events_in_window", { n: eventsIn(main.now.days) });
  element("when").textContent = label;
  element("how-many").textContent = events;
  element("step").setAttribute("aria-valuetext", `${label},${events}`);
  element("bars").querySelectorAll("rect").forEach((bar, i) => bar.classList.toggle("now", i === step - 1));
}

function eventsIn(days) {
  let n = 0;
  for (const layer of scene.points) {
    if (layer.day) for (const day of layer.day) if (day >= days[0] && day <= days[1]) n++;
  }
  return n;
}

function drawBars(frames) {
  const counts = frames.map((frame) => eventsIn(frame.days));
  const most = Math.max(1, ...counts);
  const bars = element("bars");
  bars.setAttribute("viewBox", `0 0 ${counts.length + 1} 1`);
  bars.replaceChildren(...counts.map((n, i) => {
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    // a bar stands over its step of the slider, whose thumb stops half a bar from either end
    const place = { x: i + 1.12, y: 1 - n / most, width: 0.76, height: Math.max(n / most, 0.02) };
    for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value);
    return bar;
  }));
}
