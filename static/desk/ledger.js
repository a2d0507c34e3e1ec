// The keyboard of the ledger: j and k move from row to row, Enter opens the row's file.

export default function connect(ledger) {
  const rows = () => [...ledger.querySelectorAll("tr[data-row]")];
  const keyed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "j" || event.key === "k") move(rows(), event.key === "j" ? 1 : -1);
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", keyed);
  return () => document.removeEventListener("keydown", keyed);
}

/** The row after (1) or before (-1) the one that has the focus; the first or the last when none has it. */
export function next(count, at, step) {
  if (!count) return -1;
  if (at < 0) return step > 0 ? 0 : count - 1;
  return Math.min(Math.max(at + step, 0), count - 1);
}

function move(rows, step) {
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[next(rows.length, at, step)];
  row?.querySelector(".name a")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName) && target.type !== "checkbox");
}
