// A check is finished: its bytes are made once, here, and sent as they are for ever after. What is hashed is what is
// kept is what is sent.

import { photosOf, sections, signature, voicesOf } from "./draft.js";
import { observationLines } from "./facts.js";
import { recheckLines } from "./rechecks.js";
import { sha256 } from "./sha256.js";
import { uuid7 } from "./uuid7.js";

const FORMAT = "mingcha-check/1";
const TRIES = 5;

/**
 * Freezes the draft into the outbox with the device's next sequence number; returns the record as stored.
 * Rejects with an Error where the draft is gone (finished in another page).
 */
export async function finish(store, draft, { checklist = null, factForms = null, dependsOn = null, userAgent = "", now = new Date() } = {}) {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const device = { ...(await store.device()), user_agent: userAgent };
    const content = makeRecord(draft, { ...device, sequence: device.sequence + 1 }, checklist, now, factForms);
    const record = { ...(await frozen("check", draft, content, now)), files: content.files, depends_on: dependsOn, visit_id: draft.visit_id ?? null };
    if (await store.freeze(record, draft.id)) return record;
    if (!(await store.draft(draft.id)) || (await store.record(draft.id))) break;
  }
  throw new Error(`draft ${draft.id} was finished elsewhere`);
}

/** The same for a report of a new site: `report` is what POST /api/v1/field/sites takes, with its id. */
export function reportSite(store, personId, report, now = new Date()) {
  const named = { id: report.id, person_id: personId, site_id: report.id, site_name: report.name, kind: "suspected" };
  return freeze(store, named, ({ id }) => ({ kind: "site", content: { ...report, device_id: id }, more: { site: report } }), now);
}

/**
 * What somebody in the field corrects of a site: `values` by field, and the `base` that was on the screen, so that the
 * server can tell what two phones changed. One "site-edit" record in the outbox.
 */
export function correctSite(store, personId, site, base, values, now = new Date()) {
  const named = { id: uuid7(), person_id: personId, site_id: site.id, site_name: site.name, kind: null };
  const make = ({ id }) => ({
    kind: "site-edit",
    content: { id: named.id, site_id: site.id, base, values, device_id: id, at: now.toISOString() },
    more: { values, depends_on: site.id },
  });
  return freeze(store, named, make, now);
}

/**
 * Freezes what `make(device)` answers, { kind, content, more }, with the device's next sequence number: its bytes are those
 * of `content`, `more` is kept beside them. `draftId` goes with it. Rejects where the draft is gone.
 */
export async function freeze(store, named, make, now = new Date(), draftId = null) {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const device = await store.device();
    const sequence = device.sequence + 1;
    const { kind, content, more } = make({ ...device, sequence });
    const record = { ...(await frozen(kind, named, content, now, sequence)), files: [], ...more };
    if (await store.freeze(record, draftId)) return record;
    if (draftId && (!(await store.draft(draftId)) || (await store.record(named.id)))) break;
  }
  throw new Error(`${named.id} was finished elsewhere`);
}

/** The record of format mingcha-check/1. A photo proves an item only of the list that the check was made by. Items without a verdict are "unseen": nobody looked, and the record says so. */
export function makeRecord(draft, device, checklist, now, factForms = null) {
  const items = new Set((checklist?.items ?? []).map(({ code }) => code));
  const [rechecks, observations] = [recheckLines(draft), observationLines(draft, factForms)];
  return {
    format: FORMAT,
    id: draft.id,
    site_id: draft.site_id,
    task_id: draft.task_id,
    kind: draft.kind,
    checklist: draft.checklist,
    device: { id: device.id, sequence: device.sequence, user_agent: device.user_agent, clock_offset_ms: device.clock_offset_ms },
    started_at: draft.started_at,
    finished_at: now.toISOString(),
    second_person_id: draft.second_person_id,
    certificates_shown_at: draft.certificates_shown_at,
    recording_told_at: draft.recording_told_at,
    fixes: draft.fixes,
    no_fix_reason: draft.no_fix_reason,
    last_outdoor_fix: draft.last_outdoor_fix,
    ...(draft.plate && { plate: draft.plate }),
    ...(draft.visit_id && { visit_id: draft.visit_id }),
    answers: answers(draft, checklist),
    ...(rechecks.length && { rechecks }),
    ...(observations.length && { observations }),
    summary: draft.summary.trim(),
    person_in_charge: draft.person_in_charge.trim() || null,
    signature: { refused: signature(draft) ? null : draft.signature_refused },
    files: [...photosOf(draft), ...voicesOf(draft), signature(draft)].filter(Boolean).map((file, position) => ({ ...file, item: items.has(file.item) ? file.item : null, position })),
  };
}

function answers(draft, checklist) {
  return sections(checklist).flatMap(({ items }) =>
    items.map(({ code }) => {
      const { verdict, note } = draft.answers[code] ?? {};
      return { item: code, verdict: verdict ?? "unseen", note: note?.trim() ?? "" };
    }),
  );
}

async function frozen(kind, draft, content, now, sequence = content.device?.sequence) {
  const bytes = new TextEncoder().encode(JSON.stringify(content)).buffer;
  return {
    id: draft.id,
    kind,
    person_id: draft.person_id,
    site_id: draft.site_id,
    site_name: draft.site_name,
    task_id: draft.task_id ?? null,
    check_kind: draft.kind,
    sequence,
    bytes,
    sha256: await sha256(bytes),
    finished_at: now.toISOString(),
    state: "waiting",
    receipt: null,
    problem: null,
    completed_at: null,
  };
}
