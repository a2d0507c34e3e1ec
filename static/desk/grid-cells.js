// Cells to look at or to choose. Chosen ones stand in `chosen`, whether their line is on this page of the list or not.

import { el } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { Board } from "./grid/board.js";
import { Choice } from "./grid/choice.js";

export default function connect(element) {
  const settings = JSON.parse(element.dataset.settings);
  const board = new Board(element, settings);
  const form = element.dataset.form ? document.getElementById(element.dataset.form) : null;
  const choice = form ? new Choice(form, (id, isOn) => board.mark(id, isOn)) : null;
  const marks = settings.marks ?? {};
  const look = ({ id }) => marks[id] ?? { look: Object.keys(marks).length ? "other" : "plain", label: "" };
  const click = choice ? ({ id }) => choice.toggle(id) : settings.open ? ({ id }) => location.assign(`${settings.open}${id}`) : () => {};
  if (settings.shape) board.draw([settings.shape], () => ({ look: "one" }));
  if (settings.points) board.points(settings.points);
  if (settings.cells) {
    board.load(settings.cells).then((features) => {
      board.draw(features, look, click);
      for (const id of settings.chosen ?? []) choice?.add(id);
      choice?.repaint();
      element.dataset.drawn = String(features.length);
    }, () => element.append(el("p", { class: "grid-tip", role: "alert" }, t("网格没有读出来，请刷新页面"))));
  }
  const boxed = document.querySelector("[data-box-choice]");
  boxed?.addEventListener("click", () => {
    const isOn = board.chooseByBox((ids) => {
      boxed.setAttribute("aria-pressed", "false");
      for (const id of ids) choice?.add(id);
    });
    boxed.setAttribute("aria-pressed", String(isOn));
  });
  return () => board.stop();
}
