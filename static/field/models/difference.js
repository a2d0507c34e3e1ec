// Two records under one id: what they say differently, field by field, in words.

import { marked, t } from "../../helpers/i18n.js";

const FIELDS = {
  site_id: marked("点位"),
  kind: marked("检查类别"),
  started_at: marked("开始时间"),
  finished_at: marked("结束时间"),
  second_person_id: marked("第二名检查人员"),
  certificates_shown_at: marked("出示证件"),
  recording_told_at: marked("告知录音录像"),
  no_fix_reason: marked("无法定位的原因"),
  summary: marked("总的情况"),
  person_in_charge: marked("负责人姓名"),
};

/**
 * [{ field, label, mine, theirs }] of two contents of format mingcha-check/1, null where one says nothing. `words`
 * gives the words of a stored value: words(field, value).
 */
export function differences(mine, theirs, words = (_, value) => value) {
  const found = [];
  const compare = (field, label, one, other) => {
    if ((one ?? "") !== (other ?? "")) found.push({ field, label, mine: one ?? null, theirs: other ?? null });
  };
  const said = (field, value) => (value === null || value === undefined || value === "" ? null : String(words(field, value)));
  for (const [field, label] of Object.entries(FIELDS)) compare(field, t(label), said(field, mine[field]), said(field, theirs[field]));
  compare("signature", t("没有签字的原因"), mine.signature?.refused, theirs.signature?.refused);
  const [one, other] = [mine, theirs].map(answersOf);
  for (const item of new Set([...one.keys(), ...other.keys()])) {
    const both = [one, other].map((answers) => answered(answers.get(item), said));
    compare(`answers.${item}`, said("item", item), ...both);
  }
  const [first, second] = [mine, theirs].map(({ rechecks = [] }) => new Map(rechecks.map((each) => [each.finding_id, each])));
  for (const id of new Set([...first.keys(), ...second.keys()])) {
    const both = [first, second].map((each) => outcome(each.get(id), said));
    compare(`rechecks.${id}`, t("复查：{problem}", { problem: said("problem", id) }), ...both);
  }
  const [ours, others] = [mine, theirs].map(({ observations = [] }) => new Map(observations.map((each) => [each.id, each])));
  for (const id of new Set([...ours.keys(), ...others.keys()])) {
    compare(`observations.${id}`, t("登记的事实：{subject}", { subject: said("subject", (ours.get(id) ?? others.get(id)).subject) }), ...[ours, others].map((each) => observed(each.get(id))));
  }
  return [...found, ...photographed(mine, theirs)];
}

function answersOf({ answers = [] }) {
  return new Map(answers.map((answer) => [answer.item, answer]));
}

function answered(answer, said) {
  return answer ? [said("verdict", answer.verdict), answer.note].filter(Boolean).join(t("：")) : null;
}

function observed(group) {
  return group ? [group.day, group.about, ...Object.entries(group.facts).map(([name, value]) => `${name} ${value}`)].filter(Boolean).join(" · ") : null;
}

function outcome(recheck, said) {
  return recheck ? [said("outcome", recheck.outcome), recheck.note].filter(Boolean).join(t("：")) : null;
}

function photographed(mine, theirs) {
  const [one, other] = [mine, theirs].map(({ files = [] }) => new Map(files.map((file) => [file.sha256, file])));
  const found = [];
  for (const sha256 of new Set([...one.keys(), ...other.keys()])) {
    const [a, b] = [one.get(sha256), other.get(sha256)];
    const label = t("照片 {name}", { name: (a ?? b).caption || sha256.slice(0, 8) });
    if (!a || !b) found.push({ field: `files.${sha256}`, label, mine: a ? t("有") : null, theirs: b ? t("有") : null });
    else if ((a.caption ?? "") !== (b.caption ?? "")) found.push({ field: `files.${sha256}.caption`, label, mine: a.caption || null, theirs: b.caption || null });
  }
  return found;
}
