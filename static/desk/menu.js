// <details class="menu">: closes on Escape (focus returns to its summary) and on a press elsewhere.

export default function connect(menu) {
  const outside = (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  };
  const escape = (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  };
  document.addEventListener("click", outside);
  menu.addEventListener("keydown", escape);
  return () => document.removeEventListener("click", outside);
}
