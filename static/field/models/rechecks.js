// What a check says of problems that were known before it. A draft keeps the words of each problem it speaks of: the
// bundle may have lost it by the time the check is finished.
//
// draft.rechecks: { finding id: { outcome, note, problem } }

import { t } from "../../helpers/i18n.js";

export const OUTCOMES = ["fixed", "partly", "not_fixed", "unseen"];

/** The problems to ask about: those that are open at the site, and those that something was said of. */
export function knownProblems(draft, open) {
  const here = new Set(open.map(({ id }) => id));
  const gone = Object.entries(draft.rechecks ?? {}).filter(([id]) => !here.has(id));
  return [...open, ...gone.map(([id, { problem }]) => ({ ...problem, id }))];
}

/** `changes`: outcome or note. */
export function rechecked(draft, problem, changes, now = new Date()) {
  const { id, text, order, due_on } = problem;
  const before = draft.rechecks?.[id] ?? { outcome: null, note: "" };
  const said = { ...before, ...changes, problem: { text, order: order ?? null, due_on: due_on ?? null } };
  return { ...draft, rechecks: { ...draft.rechecks, [id]: said }, updated_at: now.toISOString() };
}

/** The photos and films of a draft that show a known problem. A spoken note shows nothing. */
export function photosAfter(draft, findingId) {
  return draft.files.filter((file) => file.finding_id === findingId && file.purpose !== "signature" && !file.type.startsWith("audio/"));
}

/** As it stands in the record; [] where nothing was said. */
export function recheckLines(draft) {
  return Object.entries(draft.rechecks ?? {}).flatMap(([finding_id, { outcome, note }]) => (outcome ? [{ finding_id, outcome, note: note.trim() }] : []));
}

/** Records come back to be mended: the same, from the lines of a record. `problems` are those of the bundle. */
export function rechecksOf(lines, problems) {
  const words = new Map(problems.map((problem) => [problem.id, problem]));
  const rechecks = {};
  for (const { finding_id, outcome, note } of lines ?? []) {
    const { text = t("手机上已经没有这个问题的文字"), order = null, due_on = null } = words.get(finding_id) ?? {};
    rechecks[finding_id] = { outcome, note: note ?? "", problem: { text, order, due_on } };
  }
  return rechecks;
}

/** What is not there yet, as draft.js says it. "Mended" without a photo is only a claim. */
export function missingRechecks(draft, problems) {
  const said = draft.rechecks ?? {};
  const bare = problems.filter(({ id }) => said[id]?.outcome === "fixed" && !photosAfter(draft, id).length);
  const blocking = bare.map((problem) => ({ step: "known", item: itemOf(problem), blocks: true, text: t("“已整改到位”要有整改后的照片：{text}", { text: short(problem.text) }) }));
  const unsaid = problems.filter(({ id }) => !said[id]?.outcome && said[id]?.note.trim());
  blocking.push(...unsaid.map((problem) => ({ step: "known", item: itemOf(problem), blocks: true, text: t("写了情况，还没有选复查结果：{text}", { text: short(problem.text) }) })));
  const open = problems.filter(({ id }) => !said[id]?.outcome).length;
  if (!open || draft.kind !== "recheck") return blocking;
  return [...blocking, { step: "known", blocks: false, text: t("还有 {n} 个已知问题没有记录复查结果", { n: open }) }];
}

/** The id of the element that shows a problem. */
export function itemOf({ id }) {
  return `problem-${id}`;
}

function short(text) {
  const [first] = text.split("\n");
  return first.length > 24 ? `${first.slice(0, 24)}…` : first;
}
