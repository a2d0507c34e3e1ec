// Brings the bundle up to date: only the parts that differ from what is kept come over the line.

import { folded, unfolded } from "./bundle.js";

const ADDRESS = "/api/v1/field/bundle";
// What a part must be like to take the place of the one that is kept. Parts that are not named here are taken as they come.
const SHAPES = {
  county: (part) => typeof part?.code === "string",
  person: (part) => typeof part?.id === "string",
  officers: Array.isArray,
  checklists: (part) => Array.isArray(part) && part.every(({ items }) => Array.isArray(items)),
  vocabulary: (part) => Array.isArray(part?.check_kinds),
  tasks: Array.isArray,
  sites: (part) => Array.isArray(part?.columns) && Array.isArray(part.rows) && part.rows.every((row) => row.length === part.columns.length),
  townships: Array.isArray,
  problems: Array.isArray,
};

/**
 * Brings what differs from what is kept. What the server says: "new", "same", "signed_out", "disabled", "forbidden"
 * or "unreachable". A part that can't be read leaves the earlier one, and is asked for again next time.
 */
export async function refreshBundle(store, personId, { fetch = globalThis.fetch, now = Date.now } = {}) {
  const kept = await store.bundle(personId);
  const since = kept?.tags ? Object.entries(kept.tags).map((pair) => pair.join(":")).join(",") : "";
  const [state, answer] = await ask(fetch, since);
  const fetched_at = new Date(now()).toISOString();
  if (state === "same" && kept) await store.saveBundle({ ...kept, fetched_at });
  if (state !== "new") return state === "same" && !kept ? "unreachable" : state;
  if ((answer.person_id ?? answer.person?.id) !== personId) return "unreachable";
  const { body, tags } = merged(kept, answer);
  if (Object.keys(SHAPES).some((name) => !body[name])) return "unreachable";
  await store.saveBundle({ person_id: personId, tags, fetched_at, body: folded(body) });
  return "new";
}

async function ask(fetch, since) {
  const headers = since ? { "If-None-Match": `W/"${since}"` } : {};
  const query = since ? `?since=${encodeURIComponent(since)}` : "";
  try {
    const answer = await fetch(ADDRESS + query, { headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(60_000) });
    if (answer.status === 304) return ["same"];
    const body = await answer.json().catch(() => null);
    if (answer.status === 401) return ["signed_out"];
    if (answer.status === 403) return [body?.error === "AccountDisabled" ? "disabled" : "forbidden"];
    return answer.status === 200 && typeof body?.tags === "object" ? ["new", body] : ["unreachable"];
  } catch {
    return ["unreachable"];
  }
}

/** { body, tags } of the kept parts with those of the answer in their places. */
function merged(kept, { tags: offered, ...answer }) {
  const body = { ...kept?.body, made_at: answer.made_at, server_time: answer.server_time };
  const tags = { ...kept?.tags };
  for (const [name, tag] of Object.entries(offered)) {
    if (!(name in answer)) continue;
    const part = readable(name, answer[name]) ? whole(name, kept?.body?.[name], answer[name]) : null;
    if (part) Object.assign(body, { [name]: part });
    if (part) tags[name] = tag;
    else if (readable(name, answer[name])) delete tags[name]; // it does not fit what is kept: all of it next time
  }
  return { body, tags };
}

function readable(name, part) {
  try {
    return SHAPES[name]?.(part) ?? true;
  } catch {
    return false;
  }
}

/** The sites with their changes; null where they then are not as many as the server says. */
function whole(name, before, part) {
  if (name !== "sites" || !part.removed) return part;
  if (before?.columns?.join() !== part.columns.join()) return null;
  const rows = new Map(unfolded({ sites: before }).sites.rows.map((row) => [row[0], row]));
  for (const row of part.rows) rows.set(row[0], row);
  for (const id of part.removed) rows.delete(id);
  return rows.size === part.count ? { columns: part.columns, rows: [...rows.values()], count: part.count } : null;
}
