// The keyboard of the ledger (j and k move, space ticks, Enter opens), and how many rows are ticked.

import { t } from "../helpers/i18n.js";

export default function connect(ledger) {
  const keyed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "j" || event.key === "k") move(rowsOf(ledger), event.key === "j" ? 1 : -1);
    else if (event.key !== " " || event.target.matches("input, button, summary") || !tick(ledger)) return;
    event.preventDefault();
  };
  const changed = ({ target }) => {
    if (target.matches("[data-pick-page]")) for (const box of boxesOf(ledger)) box.checked = target.checked;
    count(ledger);
  };
  document.addEventListener("keydown", keyed);
  ledger.addEventListener("change", changed);
  count(ledger);
  return () => document.removeEventListener("keydown", keyed);
}

/** The row after (1) or before (-1) the one that has the focus; the first or the last when none has it. */
export function next(count, at, step) {
  if (!count) return -1;
  if (at < 0) return step > 0 ? 0 : count - 1;
  return Math.min(Math.max(at + step, 0), count - 1);
}

function move(rows, step) {
  const row = rows[next(rows.length, focused(rows), step)];
  row?.querySelector(".name a")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function tick(ledger) {
  const rows = rowsOf(ledger);
  const box = rows[focused(rows)]?.querySelector(".pick input");
  if (!box) return false;
  box.checked = !box.checked;
  count(ledger);
  return true;
}

function count(ledger) {
  const place = ledger.querySelector("[data-picked]");
  if (!place) return;
  const boxes = boxesOf(ledger);
  const n = boxes.filter((box) => box.checked).length;
  const isEvery = ledger.querySelector("#pick-every").checked;
  place.textContent = isEvery ? t("已选筛选出的全部") : n ? t("已选 {n} 条", { n }) : "";
  for (const box of boxes) box.closest("tr").toggleAttribute("data-picked-row", isEvery || box.checked);
}

const rowsOf = (ledger) => [...ledger.querySelectorAll("tr[data-row]")];
const boxesOf = (ledger) => [...ledger.querySelectorAll(".pick input")];
const focused = (rows) => rows.findIndex((row) => row.contains(document.activeElement));

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || (target.matches("input, select, textarea") && target.type !== "checkbox"));
}
