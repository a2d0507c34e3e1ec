// The words that follow the pointer over a map. `linesAt` gives them for an event, or nothing.
function bindTip(map, linesAt) {
  let frame = 0;
  map.on("mousemove", (event) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => showTip(event, linesAt(event)));
  });
  map.on("mouseout movestart zoomstart", () => {
    cancelAnimationFrame(frame);
    element("tip").hidden = true;
  });
}

function showTip(event, lines) {
  const tip = element("tip");
  tip.hidden = !lines?.length;
  if (tip.hidden) return;
  tip.replaceChildren(...lines.map((text) => make("div", { text })));
  const { clientX: x, clientY: y } = event.originalEvent;
  tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 12 : y + 18}px`;
}
