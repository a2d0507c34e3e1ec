// (d) Where the check is made: the circle closes in while the phone settles. It never stands in the way.

import { el, fill } from "../../helpers/dom.js";
import { marked, t } from "../../helpers/i18n.js";
import { ago, clock } from "../../helpers/time.js";
import { toast } from "../../helpers/toast.js";
import { button, chips, notice, section } from "../helpers/parts.js";
import { away, gradeOf } from "../helpers/words.js";
import { changed } from "../models/draft.js";
import { best, lastKnown } from "../models/fixes.js";
import { placeOf } from "../models/plate.js";
import { scanPlate } from "./scan.js";

const SVG = "http://www.w3.org/2000/svg";
const EVERY_MS = 1000;
// What is kept is the Chinese word; what is shown is its translation.
const noFixReasons = () => [marked("地下室"), marked("室内"), marked("未授权"), marked("其他")].map((reason) => [reason, t(reason)]);

export default function positionStep(flow) {
  const { app, editor } = flow;
  const ring = makeRing();
  const words = el("div", { class: "ring-words", role: "status" });
  const draw = () => {
    const fix = app.whereabouts.best() ?? best(editor.draft.fixes) ?? lastKnown(editor.draft.fixes);
    ring.draw(fix);
    fill(words, ...describe(flow, fix, app.whereabouts.fault));
  };
  draw();
  const ticking = setInterval(draw, EVERY_MS);
  flow.onLeaveStep(() => clearInterval(ticking));
  return [el("div", { class: "ring" }, ring.element, words), reasons(flow), otherWays(flow, draw)];
}

function describe(flow, fix, fault) {
  if (!fix) return [el("strong", {}, faultWords(fault))];
  const { letter, word, radius } = gradeOf(fix);
  const site = flow.app.bundle.site(flow.editor.draft.site_id);
  const from = site && site.lon !== null ? t("离登记位置：{where}", { where: away(fix, site) }) : t("点位还没有登记位置");
  return [
    el("strong", {}, t("{letter} 级 · {word} {radius}", { letter, word, radius })),
    el("span", {}, from),
    el("span", { class: "muted" }, t("{when}定位，已记 {n} 次", { when: ago(fix.at), n: flow.editor.draft.fixes.length })),
  ];
}

function faultWords(fault) {
  if (fault === "denied") return t("没有定位权限，请选下面的“未授权”");
  if (fault === "unavailable") return t("这里定不了位，请选下面的原因");
  return t("正在定位，可以先做下一步");
}

function reasons(flow) {
  const { app, editor } = flow;
  const choose = (reason) => {
    const outdoors = reason ? (app.whereabouts.lastKnown() ?? editor.draft.fixes.at(-1) ?? null) : null;
    editor.apply({ no_fix_reason: reason, last_outdoor_fix: outdoors });
    flow.refresh();
  };
  const group = chips(t("无法定位的原因"), noFixReasons(), editor.draft.no_fix_reason, choose);
  return section(t("无法定位？"), el("p", { class: "muted" }, t("选一个原因就可以继续，会附上进门前最后一次位置。")), group, editor.draft.fixes.length === 0 && app.whereabouts.fault === "denied" && notice(t("下次要定位：浏览器设置 → 网站设置 → 位置信息 → 允许。"), "due"));
}

/** Where nothing can be measured: the plate at the door, or the officer's own word. Both make a place of grade C. */
function otherWays(flow, draw) {
  const { app, editor } = flow;
  const site = app.bundle.site(editor.draft.site_id);
  const stand = el("p", { class: "muted small", role: "status" });
  const show = () => {
    const { plate } = editor.draft;
    stand.textContent = plate ? t("已扫本点位的牌子，{at}", { at: clock(plate.at) }) : t("扫门口的点位牌，或按登记位置记下；等级为 C。");
    draw();
  };
  const keep = (place, changes = {}) => {
    editor.apply((draft) => changed(draft, { ...changes, fixes: place ? [...draft.fixes, place] : draft.fixes }));
    flow.refresh();
    show();
  };
  const scan = button(t("扫点位牌"), { iconName: "scan" });
  scan.addEventListener("click", async () => {
    await editor.flush().catch(() => {});
    const plate = await scanPlate();
    if (!plate) return;
    if (plate.site_id !== editor.draft.site_id) return toast(t("这是另一个点位的牌子：{name}。请核对是不是走错了地方。", { name: app.bundle.site(plate.site_id)?.name ?? plate.site_id }), "problem");
    keep(placeOf(site, "qr", new Date(plate.at)), { plate });
  });
  const here = placeOf(site, "map") && button(t("我就在登记位置"), { iconName: "location", onPress: () => keep(placeOf(site, "map")) });
  show();
  return section(t("其他办法"), stand, el("div", { class: "cluster" }, scan, here));
}

/** A circle whose width is the logarithm of the radius: 5 m is small, 1 km fills the picture. */
function makeRing() {
  const svg = shape("svg", { viewBox: "0 0 200 200", class: "ring-picture", "aria-hidden": "true" });
  const circle = shape("circle", { cx: 100, cy: 100, r: 90, class: "ring-circle" });
  const letter = shape("text", { x: 100, y: 100, class: "ring-letter" });
  svg.append(circle, shape("circle", { cx: 100, cy: 100, r: 4, class: "ring-dot" }), letter);
  const draw = (fix) => {
    const { letter: grade, kind } = gradeOf(fix);
    const metres = Math.min(Math.max(fix?.accuracy_m ?? 1000, 3), 1000);
    circle.setAttribute("r", String(Math.round(22 + (68 * Math.log(metres / 3)) / Math.log(1000 / 3))));
    svg.dataset.state = kind;
    letter.textContent = fix ? grade : "…";
  };
  return { element: svg, draw };
}

function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
