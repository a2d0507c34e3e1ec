// A tip by name 线索: what a volunteer or a worker has seen or heard, from the phone. Kept as a draft until it is sent.

import { clueLines } from "./clues.js";
import { freeze } from "./record.js";
import { uuid7 } from "./uuid7.js";

export const SHORTEST = 5;

export function newTip({ personId, now = new Date() }) {
  const about = { text: "", category: null, place: "", near: "", compound: "", building: "", unit: "", room: "", schedule: "", location: null, clues: {} };
  return {
    id: uuid7(now.getTime()),
    form: "tip",
    person_id: personId,
    site_id: null,
    site_name: "",
    started_at: now.toISOString(),
    updated_at: now.toISOString(),
    fixes: [],
    files: [],
    tip: about,
  };
}

/** What a tip is called in a list: its first words. */
export function titleOf({ text }) {
  const words = text.trim().split(/\s+/).join(" ");
  return words.length > 20 ? `${words.slice(0, 20)}…` : words;
}

/** Freezes the tip into the outbox; returns the record as stored. */
export function sendTip(store, draft, now = new Date()) {
  const content = makeTip(draft);
  const named = { ...draft, site_name: titleOf(draft.tip), kind: null };
  return freeze(store, named, () => ({ kind: "tip", content, more: { tip: content } }), now, draft.id);
}

export function makeTip({ id, tip }) {
  const lines = ["text", "place", "near", "compound", "building", "unit", "room", "schedule"].map((name) => [name, tip[name].trim()]);
  const clues = clueLines(tip.clues);
  return {
    id,
    ...Object.fromEntries(lines.filter(([, words]) => words)),
    ...(tip.category && { category: tip.category }),
    ...(tip.location && { location: tip.location }),
    ...(clues.length && { clues }),
  };
}
