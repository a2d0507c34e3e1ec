// One cell: its ground, what is known in it, what is due, and the button that starts a walk.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { ago, due } from "../../helpers/time.js";
import { cellName, cellState, lastWords } from "../helpers/cell.js";
import { button, card, empty, facts, linkButton, notice, row, rows, section, siteIcon, state } from "../helpers/parts.js";
import { away, siteDetail, siteState } from "../helpers/words.js";
import { isHeardOf, knownIn } from "../models/cell-ground.js";
import { cellsOf } from "../models/cells.js";
import { openCellMap } from "./cell-map.js";
import { followIfAllowed, live, nothingYet } from "./live.js";

const SHOWN = 30;

export default async function cell(screen) {
  const { app } = screen;
  screen.frame({ title: t("网格"), back: "/m/cells" });
  if (!app.bundle) return nothingYet(screen);
  const box = el("div", { class: "map map-inset cell-map" });
  await live(screen, () => draw(screen, box));
  if (box.isConnected || app.bundle.shapeOf(screen.id)) await addMap(screen, box);
  await followIfAllowed(screen, () => draw(screen, box));
}

async function addMap(screen, box) {
  const found = cellsOf(screen.app.bundle).get(screen.id);
  if (!found) return;
  requestAnimationFrame(async () => {
    const map = await openCellMap(box, screen.app, [found]).catch(() => box.remove());
    screen.onLeave(() => map?.close());
    screen.onLeave(screen.app.whereabouts.follow(() => map?.setFix(screen.app.whereabouts.any())));
  });
}

async function draw(screen, box) {
  const { app } = screen;
  const found = cellsOf(app.bundle).get(screen.id);
  if (!found) return screen.show(empty(t("手机上没有这个网格"), t("可能已经重新划分或分给了别人，请在“我的”里更新数据。"), linkButton(t("去更新"), "/m/me", { kind: "primary" }), "map"));
  const begun = (await app.store.drafts()).some(({ form, cell_id }) => form === "visit" && cell_id === found.id);
  const start = button(begun ? t("继续走访") : t("开始走访"), { kind: "primary", iconName: "route", onPress: () => app.startVisit(found) });
  screen.frame({ title: cellName(found), primary: [start] });
  const shape = app.bundle.shapeOf(found.id);
  return screen.show(dueNotices(app, found), shape && box, about(app, found), shape && known(app, knownIn(app.bundle, shape)));
}

function dueNotices({ bundle }, found) {
  const now = cellsOf(bundle).bandAt();
  return found.dues.map(({ name, ends_on, bands }) => {
    const words = t("还差：{bands}", { bands: bands.map((band) => bundle.word("time_bands", band)).join(t("、")) });
    const fits = bands.includes(now) ? t("现在走正合适。") : t("现在走算“{band}”。", { band: bundle.word("time_bands", now) });
    const [kind] = cellState(found);
    return notice(`${words}${t("。")}${fits}`, kind, t("{name}，{due}", { name, due: due(ends_on) }));
  });
}

function about({ bundle }, found) {
  const bands = bundle.vocabulary.time_bands ?? [];
  const pairs = bands.map(([band, words]) => [words, found.visits[band] ? ago(found.visits[band]) : t("没走过")]);
  return card("", el("p", {}, state(...cellState(found))), facts([[t("编码"), found.code], [t("上次"), lastWords(bundle, found)], ...pairs]));
}

function known(app, { suspected, watched, others, tips }) {
  const list = (title, sites) => sites.length > 0 && section(t("{title}（{n}）", { title, n: sites.length }), rows(sites.slice(0, SHOWN).map((site) => siteRow(app, site))));
  if (!suspected.length && !watched.length && !tips.length && !others.length) return section(t("这里知道的"), el("p", { class: "muted" }, t("网格里还没有登记的点位和线索。")));
  return [
    tips.length > 0 && section(t("有人反映（{n}）", { n: tips.length }), rows(tips.map((tip) => tipRow(app, tip)))),
    list(t("疑似点"), suspected),
    list(t("关停过的，看看有没有又开"), watched),
    list(t("学校和机构"), others),
  ];
}

function siteRow(app, site) {
  return row({ title: site.name, detail: siteDetail(app.bundle, site), meta: away(app.whereabouts.any(), site), href: `/m/sites/${site.id}`, iconName: siteIcon(site), state: siteState(app.bundle, site) });
}

/** Where to look; who told of it and in what words is not on the phone. */
function tipRow(app, tip) {
  const category = app.bundle.categoryOf({ kind: "suspected", category: tip.category });
  const where = isHeardOf(tip) ? t("大概位置，{n} 米范围内", { n: Math.round(tip.uncertainty_m) }) : t("位置见地图");
  return row({ title: category || t("疑似办学点"), detail: [where, t("{when}收到", { when: ago(tip.received_on) })].join(" · "), meta: away(app.whereabouts.any(), tip), iconName: "tip" });
}
