// The inbox of tips: j and k choose a row, the tip comes up beside the list, and a decision leads on to the next one.
// On a narrow screen a row opens the tip's own page, and there is nothing to choose.

import { isCommand } from "./tip-keys.js";

const WIDE = matchMedia("(min-width: 64rem)");

export default function connect(inbox) {
  const pane = inbox.querySelector("#tip-pane");
  const rows = [...inbox.querySelectorAll("[data-tip]")];
  let at = -1;
  let latest = null;

  const choose = (n, focus = true) => {
    if (n < 0 || n >= rows.length) return;
    rows[at]?.removeAttribute("aria-current");
    at = n;
    rows[at].setAttribute("aria-current", "true");
    rows[at].scrollIntoView({ block: "nearest" });
    if (focus) rows[at].focus({ preventScroll: true });
    load(rows[at]);
  };
  const load = (row) => {
    latest = row;
    // Holding j down passes many rows: only where it rests is asked for
    setTimeout(() => latest === row && htmx.ajax("GET", row.href, { target: pane, swap: "innerHTML" }), 80);
  };
  const keyed = (event) => {
    if (!isCommand(event) || !WIDE.matches) return;
    if (event.key === "j" || event.key === "k") choose(step(rows.length, at, event.key === "j" ? 1 : -1));
    else if (event.key === "z") inbox.querySelector("[data-undo]")?.click();
    else if (event.key === "?") document.getElementById("inbox-help").showModal();
    else return;
    event.preventDefault();
  };
  const pressed = (event) => {
    const row = event.target.closest("[data-tip]");
    if (!row || !WIDE.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.detail === 0) return;
    event.preventDefault();
    choose(rows.indexOf(row));
  };
  const sent = ({ target: form }) => {
    if (!pane.contains(form)) return;
    add(form, "inbox", inbox.dataset.asked);
    const following = rows[at + 1] ?? rows[at - 1];
    if (following) add(form, "then", following.dataset.tip);
  };

  document.addEventListener("keydown", keyed);
  inbox.addEventListener("click", pressed);
  inbox.addEventListener("submit", sent, true);
  if (WIDE.matches) choose(first(rows.map((row) => row.dataset.tip), inbox.dataset.at));
  return () => document.removeEventListener("keydown", keyed);
}

/** The row after (1) or before (-1) the chosen one; it stays at either end. */
export function step(count, at, by) {
  return Math.min(Math.max(at + by, 0), count - 1);
}

/** The row that an address names, else the first. */
export function first(ids, wanted) {
  return Math.max(ids.indexOf(wanted), 0);
}

function add(form, name, value) {
  const input = form.querySelector(`input[name=${name}]`) ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
  input.value = value;
}
