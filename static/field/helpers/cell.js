// What the phone says of a cell: how long it has, which parts of the week are lacking, when somebody was there.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { ago, due } from "../../helpers/time.js";
import { cellsOf, standOf } from "../models/cells.js";
import { linkButton, row, rows, section } from "./parts.js";

const SHOWN = 5;
const KINDS = { late: "problem", due: "due", stale: "due", never: "unknown", walked: "ok" };

export function cellName({ name, code }) {
  return name || code;
}

/** [kind, words]. */
export function cellState(cell, now = Date.now()) {
  const stand = standOf(cell, now);
  const words = { late: () => due(cell.dues[0].ends_on, now), due: () => due(cell.dues[0].ends_on, now), stale: () => t("该走了"), never: () => t("还没有人走过"), walked: () => t("走过") };
  return [KINDS[stand], words[stand]()];
}

/** What is lacking, else when somebody was there last. */
export function cellDetail(bundle, cell) {
  const lacking = bandsDue(cell).map((band) => bundle.word("time_bands", band));
  if (lacking.length) return t("还差：{bands}", { bands: lacking.join(t("、")) });
  return cell.last_at ? lastWords(bundle, cell) : cell.code;
}

export function lastWords(bundle, { last_at, last_outcome }) {
  if (!last_at) return t("还没有人走过");
  return [t("上次走访 {when}", { when: ago(last_at) }), last_outcome && bundle.word("visit_outcomes", last_outcome)].filter(Boolean).join(" · ");
}

export function bandsDue({ dues }) {
  return [...new Set(dues.flatMap(({ bands }) => bands))];
}

export function cellRow(bundle, cell, meta = "") {
  return row({ title: cellName(cell), detail: cellDetail(bundle, cell), meta, href: `/m/cells/${cell.id}`, iconName: "map", state: cellState(cell) });
}

export function dueOf(bundle) {
  return cellsOf(bundle).due();
}

/** The first of those that are due, for the first screen, and the way to all. */
export function cellList(app, due) {
  const { all } = cellsOf(app.bundle);
  const every = linkButton(t("看全部 {n} 个网格", { n: all.length }), "/m/cells", { kind: "quiet", iconName: "map" });
  if (!due.length) return section(t("我的网格"), el("p", { class: "muted" }, t("都走过了，现在没有要走的。")), every);
  return section(t("要走的网格"), rows(due.slice(0, SHOWN).map((cell) => cellRow(app.bundle, cell, app.wayTo(cell)))), every);
}
