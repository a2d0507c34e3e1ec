// A sideways stroke with the thumb; strokes that begin in something which is itself drawn on or scrolled don't count.

const FAR_PX = 70;
const OWN = "canvas, input, textarea, select, .map, .no-swipe";

/** Calls `onSwipe(1)` for a stroke to the left (next), `onSwipe(-1)` to the right; returns what stops it. */
export function swipes(element, onSwipe) {
  let began = null;
  const start = (event) => {
    const [touch] = event.touches;
    began = event.touches.length === 1 && !event.target.closest(OWN) ? { x: touch.clientX, y: touch.clientY } : null;
  };
  const end = (event) => {
    if (!began) return;
    const [touch] = event.changedTouches;
    const [x, y] = [touch.clientX - began.x, touch.clientY - began.y];
    began = null;
    if (Math.abs(x) > FAR_PX && Math.abs(x) > 2 * Math.abs(y)) onSwipe(x < 0 ? 1 : -1);
  };
  element.addEventListener("touchstart", start, { passive: true });
  element.addEventListener("touchend", end, { passive: true });
  return () => {
    element.removeEventListener("touchstart", start);
    element.removeEventListener("touchend", end);
  };
}
