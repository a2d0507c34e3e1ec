// 排查走访: one walk through a cell. Begun, it is a draft like that of a check; finished, its bytes are made once.
//
// What was found is a site and a check of its own (a lead); it names the walk by `visit_id`, so that nothing is lost when
// the page dies between the two.

import { freeze } from "./record.js";
import { withStep } from "./track.js";
import { uuid7 } from "./uuid7.js";

const FORMAT = "mingcha-visit/1";
export const OUTCOMES = ["clean", "leads", "no_access"];
const BRIEF_MS = 60_000;

export function newVisit({ personId, cell, campaignId = null, now = new Date() }) {
  return {
    id: uuid7(now.getTime()),
    form: "visit",
    person_id: personId,
    site_id: null,
    site_name: cell.name || cell.code,
    cell_id: cell.id,
    campaign_id: campaignId,
    started_at: now.toISOString(),
    updated_at: now.toISOString(),
    fixes: [],
    no_fix_reason: null,
    note: "",
    files: [],
  };
}

/** The draft with a fix on its track, or null where that adds nothing. */
export function stepped(draft, fix, now = new Date()) {
  const fixes = withStep(draft.fixes, fix, draft.started_at);
  return fixes && { ...draft, fixes, updated_at: now.toISOString() };
}

/** So short that a thumb may have slipped. */
export function isBrief(draft, now = Date.now()) {
  return now - Date.parse(draft.started_at) < BRIEF_MS;
}

/** The leads that were found on a walk: { drafts, records }, the checks of them. */
export async function leadsOf(store, visitId) {
  const isOfVisit = ({ visit_id }) => visit_id === visitId;
  const [drafts, records] = await Promise.all([store.drafts(), store.records()]);
  return { drafts: drafts.filter(isOfVisit), records: records.filter((record) => record.kind === "check" && record.state !== "replaced" && isOfVisit(record)) };
}

/**
 * Freezes the walk into the outbox; returns the record as stored. What was found decides the outcome: who names leads
 * has not seen nothing. Rejects with an Error where the draft is gone (finished in another page).
 */
export async function finishVisit(store, draft, { outcome, userAgent = "", now = new Date() }) {
  const { records } = await leadsOf(store, draft.id);
  const leadIds = records.map(({ id }) => id);
  const said = leadIds.length ? "leads" : outcome;
  const make = (device) => {
    const content = makeVisit(draft, { ...device, user_agent: userAgent }, said, leadIds, now);
    const { cell_id, campaign_id, note, lead_ids } = content;
    return { kind: "visit", content, more: { visit: { cell_id, campaign_id, outcome: said, note, lead_ids } } };
  };
  return freeze(store, draft, make, now, draft.id);
}

/** The record of format mingcha-visit/1. */
export function makeVisit(draft, device, outcome, leadIds, now) {
  return {
    format: FORMAT,
    id: draft.id,
    cell_id: draft.cell_id,
    campaign_id: draft.campaign_id,
    device: { id: device.id, sequence: device.sequence, user_agent: device.user_agent, clock_offset_ms: device.clock_offset_ms },
    started_at: draft.started_at,
    finished_at: now.toISOString(),
    outcome,
    note: draft.note.trim(),
    lead_ids: leadIds,
    fixes: draft.fixes,
    no_fix_reason: draft.fixes.length ? null : draft.no_fix_reason,
  };
}
