// A toast leaves by its button; a good message also by itself, a problem never.

const STAYS_MS = 8000;

export default function connect(toast) {
  const leave = () => toast.remove();
  toast.querySelector("[data-closes]")?.addEventListener("click", leave);
  if (["due", "problem"].includes(toast.dataset.state)) return undefined;
  const timer = setTimeout(leave, STAYS_MS);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
  return () => clearTimeout(timer);
}
