// One finished check: its light, its receipt, each photo and what became of it.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { dayAndClock } from "../../helpers/time.js";
import { cellName } from "../helpers/cell.js";
import { button, card, empty, facts, linkButton, notice, section } from "../helpers/parts.js";
import { lightOf, pauseWords, sealedWords } from "../helpers/words.js";
import { cellsOf } from "../models/cells.js";
import { changed } from "../models/draft.js";
import { groupsFrom } from "../models/facts.js";
import { listFor } from "../models/lists.js";
import { rechecksOf } from "../models/rechecks.js";
import { filesWithFate, isStuck, isUnsent } from "../models/standing.js";
import { uuid7 } from "../models/uuid7.js";
import { conflictActions, conflictCard, leaveToOffice } from "./conflict.js";
import { live } from "./live.js";
import { Pictures } from "./pictures.js";

const SHAPES = { ok: "ok", due: "clock", problem: "warning", unknown: "unknown" };
const FATES = {
  received: () => ["ok", t("已收妥")],
  missing: () => ["due", t("待传")],
  damaged: () => ["problem", t("有损坏")],
  refused: () => ["problem", t("不能用")],
};

export default async function sent(screen) {
  screen.frame({ title: t("记录"), back: "/m/checks" });
  const pictures = new Pictures(screen);
  await live(screen, () => draw(screen, pictures));
}

async function draw(screen, pictures) {
  const { app } = screen;
  const record = await app.store.record(screen.id);
  if (!record || record.person_id !== app.personId) return screen.show(empty(t("手机上没有这次检查"), t("它可能在另一台手机上。收妥的检查可以在电脑上查看。"), null, "check"));
  screen.frame({ title: record.site_name, primary: actions(screen, record) });
  const conflict = isTwice(record) && (await conflictCard(app, record));
  screen.show(big(app, record), conflict || advice(app, record), walked(app, record), merged(record), await files(record, pictures), receipt(record));
}

function big(app, record) {
  const [kind, words] = lightOf(record, app.outbox.status);
  const saved = isUnsent(record) ? t("已保存在本机，{at}", { at: dayAndClock(record.finished_at) }) : record.completed_at ? t("服务器已逐一核对，{at}", { at: dayAndClock(record.completed_at) }) : "";
  const leave = record.state === "received" && el("span", {}, t("可以放心离开"));
  return el("div", { class: "big-light", "data-state": kind, role: "status" }, icon(SHAPES[kind]), el("strong", {}, words), leave, el("span", { class: "muted" }, saved));
}

function advice(app, record) {
  const found = [];
  if (record.problem) found.push(notice(record.problem.message, "problem", t("要处理"), fieldList(record.problem.fields)));
  if (isUnsent(record) && sealedWords(record)) found.push(notice(sealedWords(record), record.sealed.state === "held" ? "due" : "problem"));
  const bad = filesWithFate(record).filter(({ message }) => message);
  for (const { caption, item, sha256, message } of bad) found.push(notice(message, "problem", t("照片 {name}", { name: caption || item || sha256.slice(0, 8) })));
  if (isUnsent(record) && !isStuck(record) && !record.sealed && app.outbox.status.pause) found.push(notice(pauseWords(app.outbox.status.pause), "due"));
  return found;
}

/** A check that came twice with different content: only those can be laid beside each other. */
function isTwice({ kind, state }) {
  return kind === "check" && state === "conflict";
}

function walked({ bundle }, { visit }) {
  if (!visit) return null;
  const outcome = bundle?.word("visit_outcomes", visit.outcome) ?? visit.outcome;
  const leads = visit.lead_ids.length > 0 && t("{n} 条", { n: visit.lead_ids.length });
  return card(t("走访"), facts([[t("结果"), outcome], ...(leads ? [[t("线索"), leads]] : []), ...(visit.note ? [[t("备注"), visit.note]] : [])]));
}

/** What became of each field of a correction. */
function merged({ fields }) {
  if (!fields) return null;
  const kinds = { taken: "ok", same: "ok", conflict: "due", refused: "problem" };
  return Object.values(fields).map(({ state, name, message }) => notice(message, kinds[state] ?? "", name));
}

function fieldList(fields = {}) {
  const messages = Object.values(fields);
  return messages.length > 0 && el("ul", {}, messages.map((message) => el("li", {}, message)));
}

async function files(record, pictures) {
  if (!record.files.length) return null;
  const tiles = [];
  for (const file of filesWithFate(record)) tiles.push(await pictures.tile(file, { state: fate(file, record) }));
  return section(t("照片"), el("ul", { class: "photos" }, tiles));
}

function fate(file, record) {
  return file.fate === "missing" && record.sealed?.state === "held" ? ["due", t("已封存")] : FATES[file.fate]();
}

function receipt(record) {
  const pairs = [
    [t("本机序号"), record.sequence],
    [t("记录指纹"), el("code", {}, record.sha256)],
    [t("服务器收到"), record.receipt && dayAndClock(record.receipt.received_at)],
    ...(record.sealed?.at ? [[t("封存在教育局"), dayAndClock(record.sealed.at)]] : []),
    [t("全部收妥"), record.completed_at && dayAndClock(record.completed_at)],
  ];
  const hashes = record.files.map((file) => el("li", {}, el("code", {}, file.sha256)));
  const list = hashes.length > 0 && el("details", {}, el("summary", {}, t("每张照片的指纹")), el("ul", { class: "hashes" }, hashes));
  return card(t("回执"), facts(pairs), list);
}

function actions(screen, record) {
  const { app } = screen;
  if (record.state === "refused" && record.kind === "check") return [button(t("改好再交"), { kind: "primary", iconName: "edit", onPress: () => reopen(screen, record) })];
  if (isUnsent(record) && app.outbox.status.pause?.reason === "signed_out") return [linkButton(t("重新登录"), `/account/sign-in?next=/m/checks/${record.id}`, { kind: "primary" })];
  if (isTwice(record)) return conflictActions(app, record, () => reopen(screen, record));
  if (record.sealed?.state === "rejected") return [linkButton(t("回到今日"), "/m", { kind: "" })];
  if (record.state === "conflict") return [button(t("留给专班核对"), { kind: "primary", onPress: () => leaveToOffice(app, record) })];
  const next = record.kind === "visit" && !isStuck(record) && nextCell(app, record.visit);
  if (next) return [next];
  if (isUnsent(record)) return [button(record.sealed?.state === "held" ? t("问问结果") : t("现在发送"), { kind: "primary", onPress: () => app.outbox.retry() })];
  const site = app.bundle?.site(record.site_id);
  const isBad = filesWithFate(record).some(({ fate }) => fate === "refused" || fate === "damaged");
  if (isBad && site) return [button(t("补拍：再做一次检查"), { kind: "primary", iconName: "camera", onPress: () => app.startCheck(site, { kind: record.check_kind }) })];
  return [linkButton(t("回到今日"), "/m", { kind: "" })];
}

/** Who has walked one cell goes on to the next. */
function nextCell(app, { cell_id }) {
  const [cell] = app.bundle ? cellsOf(app.bundle).due().filter(({ id }) => id !== cell_id) : [];
  return cell && button(t("下一个网格：{name}", { name: cellName(cell) }), { kind: "primary", iconName: "route", onPress: () => app.startVisit(cell) });
}

/** The refused bytes stay as they were; what they say becomes a new draft. */
async function reopen({ app }, record) {
  const content = JSON.parse(new TextDecoder().decode(record.bytes));
  const { format, device, finished_at, answers, rechecks, observations, signature, files, ...fields } = content;
  const list = listFor(app.bundle?.checklist(fields.checklist), app.bundle?.site(fields.site_id));
  const draft = changed({ ...fields, list, id: uuid7(), person_id: record.person_id, site_name: record.site_name }, {
    answers: Object.fromEntries(answers.filter(({ verdict }) => verdict !== "unseen").map(({ item, verdict, note }) => [item, { verdict, note }])),
    observations: groupsFrom(observations),
    rechecks: rechecksOf(rechecks, app.bundle?.problems ?? []),
    files,
    step: "finish",
    person_in_charge: fields.person_in_charge ?? "",
    signature_refused: signature.refused,
    camera: null,
  });
  await app.store.reopen(record.id, draft);
  await app.go(`/m/check/${draft.id}`, { replace: true });
}
