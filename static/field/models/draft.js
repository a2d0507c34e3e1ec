// A check while it is being made. Every function takes a draft and gives a new one; saving is the store's work.
//
// answers: { "zd-01": { verdict, note } } · files: the photos in their order, as the manifest will list them.

import { t } from "../../helpers/i18n.js";
import { groupsOf, missingFacts, stepOf } from "./facts.js";
import { placeOf } from "./plate.js";
import { missingRechecks } from "./rechecks.js";
import { uuid7 } from "./uuid7.js";

export const MOST_FILES = 30;
export const VERDICTS = ["compliant", "not_compliant", "not_applicable", "unseen"];

/** A new draft for a person at a site. `task` gives the kind and is completed by the check; `checklist` as `listFor`
 * gives it goes along as `list`. `joint` is which departments of a joint sheet are with the team, as a packet says. */
export function newDraft({ personId, site, task = null, kind = "routine", checklist = null, plate = null, joint = null, now = new Date() }) {
  return {
    id: uuid7(now.getTime()),
    person_id: personId,
    site_id: site.id,
    site_name: site.name,
    task_id: task?.id ?? null,
    kind: task?.kind ?? kind,
    checklist: checklist && { code: checklist.code, version: checklist.version },
    list: checklist,
    joint,
    started_at: now.toISOString(),
    updated_at: now.toISOString(),
    step: kind === "recheck" || task?.kind === "recheck" ? "known" : "start",
    second_person_id: null,
    certificates_shown_at: null,
    recording_told_at: null,
    fixes: [plate && placeOf(site, "qr", new Date(plate.at))].filter(Boolean),
    no_fix_reason: null,
    last_outdoor_fix: null,
    answers: {},
    rechecks: {},
    observations: [],
    files: [],
    summary: "",
    person_in_charge: site.person_in_charge ?? "",
    signature_refused: null,
    plate,
    camera: null,
  };
}

/** The draft with some fields set and its time moved on. */
export function changed(draft, changes, now = new Date()) {
  return { ...draft, ...changes, updated_at: now.toISOString() };
}

/** The draft with another list, or none. What was answered stays, should the first one be chosen again. */
export function listed(draft, list) {
  return changed(draft, { checklist: list && { code: list.code, version: list.version }, list });
}

export function answered(draft, item, verdict) {
  const answer = { note: "", ...draft.answers[item], verdict };
  return changed(draft, { answers: { ...draft.answers, [item]: answer } });
}

export function noted(draft, item, note) {
  const answer = { verdict: null, ...draft.answers[item], note };
  return changed(draft, { answers: { ...draft.answers, [item]: answer } });
}

/** One verdict for those of the items that have none yet: what was said of an item by itself stands. */
export function answeredTogether(draft, items, verdict) {
  const open = items.filter((item) => !draft.answers[item]?.verdict);
  return open.reduce((each, item) => answered(each, item, verdict), draft);
}

export function withFile(draft, file) {
  return changed(draft, { files: [...draft.files, file], camera: null });
}

export function withoutFile(draft, id) {
  return changed(draft, { files: draft.files.filter((file) => file.id !== id) });
}

export function captioned(draft, id, caption) {
  return changed(draft, { files: draft.files.map((file) => (file.id === id ? { ...file, caption } : file)) });
}

/** What a photo is to prove: an item of the checklist, or null for the place as a whole. */
export function proving(draft, id, item) {
  return changed(draft, { files: draft.files.map((file) => (file.id === id ? { ...file, item } : file)) });
}

/** A new photo in the place of an old one, with its caption and what it proves. */
export function retaken(draft, oldId, file) {
  const shows = ({ caption, item, finding_id, before_id }) => ({ caption, item, ...(finding_id && { finding_id, before_id }) });
  const files = draft.files.map((old) => (old.id === oldId ? { ...file, ...shows(old), retake_of: old.id } : old));
  return changed(draft, { files, camera: null });
}

/** The file one place earlier (-1) or later (1) among those of its purpose. */
export function moved(draft, id, by) {
  const files = [...draft.files];
  const from = files.findIndex((file) => file.id === id);
  let to = from + by;
  while (files[to] && !isPhoto(files[to])) to += by;
  if (!files[from] || !files[to]) return draft;
  [files[from], files[to]] = [files[to], files[from]];
  return changed(draft, { files });
}

export function signature(draft) {
  return draft.files.find((file) => file.purpose === "signature") ?? null;
}

/** Photos and films: of one item (null: of none), or all of them. */
export function photosOf(draft, item = undefined) {
  return draft.files.filter((file) => isPhoto(file) && (item === undefined || file.item === item));
}

/** Spoken notes. They tell what was seen, and show nothing. */
export function voicesOf(draft, item = undefined) {
  return draft.files.filter((file) => isVoice(file) && (item === undefined || file.item === item));
}

export function isVoice({ type }) {
  return type.startsWith("audio/");
}

function isPhoto(file) {
  return file.purpose !== "signature" && !isVoice(file);
}

/** The items of a checklist under their sections, in order: [{ title, department, items }]. On a joint sheet a section
 * of two departments is two groups. */
export function sections(checklist, language = "zh") {
  const found = new Map();
  for (const item of checklist?.items ?? []) {
    const title = (language === "en" && item.section_en) || item.section;
    const key = JSON.stringify([item.department ?? null, title]);
    if (!found.has(key)) found.set(key, { title, department: item.department ?? null, items: [] });
    found.get(key).items.push(item);
  }
  return [...found.values()];
}

/** The steps of the form: one question group each. Known problems of the site stand first where they are what the visit
 * is for; `draft` is given where facts can be recorded, each group of them a step. */
export function steps(checklist, { kind = null, problems = [], draft = null } = {}) {
  const groups = sections(checklist).map((_, index) => `items-${index + 1}`);
  const known = problems.length ? ["known"] : [];
  const first = kind === "recheck" ? [...known, "start"] : ["start", ...known];
  const facts = draft ? ["facts", ...groupsOf(draft).map(stepOf)] : [];
  return [...first, ...groups, ...facts, "photos", "position", "signature", "finish"];
}

/** What is not there yet: [{ step, item?, blocks, text }]. What the server would refuse blocks, and what is only a claim. */
export function missing(draft, checklist, { isCertified = true, language = "zh", problems = [], factForms = null } = {}) {
  return [
    ...missingAtStart(draft, isCertified),
    ...missingRechecks(draft, problems),
    ...missingAnswers(draft, checklist, language),
    ...missingFacts(draft, factForms),
    ...(photosOf(draft).length ? [] : [{ step: "photos", blocks: false, text: t("没有照片") }]),
    ...missingPosition(draft),
    ...missingSignature(draft, isCertified),
  ];
}

function missingAtStart(draft, isCertified) {
  if (!isCertified) return [];
  const found = [];
  if (!draft.second_person_id) found.push(t("没有第二名检查人员，只能作为巡查线索"));
  if (!draft.certificates_shown_at) found.push(t("没有记录出示证件"));
  if (!draft.recording_told_at) found.push(t("没有记录已告知录音录像"));
  return found.map((text) => ({ step: "start", blocks: false, text }));
}

function missingAnswers(draft, checklist, language) {
  return sections(checklist, language).flatMap(({ title, items }, index) => {
    const step = `items-${index + 1}`;
    const open = items.filter(({ code }) => !draft.answers[code]?.verdict).length;
    const unanswered = open ? [{ step, blocks: false, text: t("{title}：{n} 项未答，提交时记为“未查”", { title, n: open }) }] : [];
    return [...items.flatMap((item) => missingProof(draft, item, step)), ...unanswered];
  });
}

function missingProof(draft, item, step) {
  const { verdict, note } = draft.answers[item.code] ?? {};
  if (verdict !== "not_compliant") return [];
  const found = [];
  if (!note?.trim()) found.push(t("第 {n} 项“不符合”还没有写明情况", { n: item.position }));
  if (!photosOf(draft, item.code).length) found.push(t("第 {n} 项“不符合”还没有照片", { n: item.position }));
  return found.map((text) => ({ step, item: item.code, blocks: true, text }));
}

function missingPosition(draft) {
  const known = draft.fixes.length || draft.no_fix_reason;
  return known ? [] : [{ step: "position", blocks: false, text: t("没有位置，也没有选无法定位的原因") }];
}

function missingSignature(draft, isCertified) {
  const known = signature(draft) || draft.signature_refused || !isCertified;
  return known ? [] : [{ step: "signature", blocks: false, text: t("没有负责人签名，也没有记录拒签") }];
}
