// What a person works with when there is no signal: tasks, sites, checklists, words. Read-only, kept in parts.

import { metresBetween } from "../../helpers/distance.js";
import { earlier, isSame } from "./lists.js";

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
  await store.saveBundle({ person_id: personId, tags, fetched_at, body });
  return "new";
}

/** A version of a list that this phone no longer has; null where it can't be had now. */
export async function fetchList({ code, version }, { fetch = globalThis.fetch } = {}) {
  try {
    const answer = await fetch(`/api/v1/field/checklists/${encodeURIComponent(code)}/${version}`, { cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(20_000) });
    const list = answer.status === 200 ? await answer.json() : null;
    return Array.isArray(list?.items) ? list : null;
  } catch {
    return null;
  }
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
    if (part && name === "checklists") body.earlier_checklists = earlier(part, kept?.body);
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
  const rows = new Map(before.rows.map((row) => [row[0], row]));
  for (const row of part.rows) rows.set(row[0], row);
  for (const id of part.removed) rows.delete(id);
  return rows.size === part.count ? { columns: part.columns, rows: [...rows.values()], count: part.count } : null;
}

export class Bundle {
  #columns;
  #rows;
  #sites = new Map(); // those that were asked for: of thousands most never are
  #problems;

  /** `records` is what this phone has finished: it knows of new sites and done tasks before the bundle does. */
  constructor({ body, fetched_at }, records = []) {
    Object.assign(this, { fetchedAt: fetched_at, ...body });
    this.#columns = body.sites.columns;
    this.#rows = new Map(body.sites.rows.map((row) => [row[0], row]));
    for (const { site } of records) if (site && !this.#rows.has(site.id)) this.#sites.set(site.id, siteOf(site));
    const done = new Set(records.filter(({ state }) => state !== "replaced").map(({ task_id }) => task_id));
    this.tasks = body.tasks.filter(({ id }) => !done.has(id));
    this.#problems = Map.groupBy ? Map.groupBy(body.problems, ({ site_id }) => site_id) : grouped(body.problems);
  }

  site(id) {
    return this.#sites.get(id) ?? this.#made(this.#rows.get(id)) ?? null;
  }

  /** How many there are, without making them all. */
  get siteCount() {
    const [own, known] = [[...this.#sites.keys()], this.#rows];
    return known.size + own.filter((id) => !known.has(id)).length;
  }

  get allSites() {
    const own = [...this.#sites.values()].filter(({ id }) => !this.#rows.has(id));
    return [...this.#rows.keys()].map((id) => this.site(id)).concat(own);
  }

  #made(row) {
    if (!row) return null;
    const site = {};
    for (let n = 0; n < row.length; n++) site[this.#columns[n]] = row[n];
    this.#sites.set(site.id, site);
    return site;
  }

  problemsAt(siteId) {
    return this.#problems.get(siteId) ?? [];
  }

  /** The word for a stored value: word("check_kinds", "routine") → 常态督导. Unknown values show themselves. */
  word(list, value) {
    return this.#words(list).find(([stored]) => stored === value)?.[1] ?? value ?? "";
  }

  categoryOf(site) {
    return (this.vocabulary.site_categories[site.kind] ?? []).find(([stored]) => stored === site.category)?.[1] ?? "";
  }

  /** The very version that is meant, also where it is no longer offered. */
  checklist(key) {
    return (key && this.everyChecklist.find((list) => isSame(list, key))) ?? null;
  }

  get everyChecklist() {
    return [...this.checklists, ...(this.earlier_checklists ?? [])];
  }

  /** Open tasks at sites that are known here, overdue first. */
  tasksInOrder() {
    return this.tasks.filter((task) => this.site(task.site_id)).sort((a, b) => (a.due_on ?? "9").localeCompare(b.due_on ?? "9"));
  }

  /** Problems of the person's township, or of the whole county where none is given; the first due first. */
  problemsOfZone() {
    const township = this.person.township_id;
    const near = this.problems.filter(({ site_id }) => this.site(site_id) && (!township || this.site(site_id).township_id === township));
    return near.sort((a, b) => (a.due_on ?? "9").localeCompare(b.due_on ?? "9"));
  }

  /** The sites nearest to a position [lon, lat]: [{ site, metres }]. */
  nearest(position, limit = 40) {
    const placed = this.allSites.filter((site) => site.lon !== null && site.lat !== null);
    const found = placed.map((site) => ({ site, metres: metresBetween(position, [site.lon, site.lat]) }));
    return found.sort((a, b) => a.metres - b.metres).slice(0, limit);
  }

  /** Sites whose name, address or category holds every word of `typed`. */
  search(typed, limit = 50) {
    const words = plain(typed).split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const found = [];
    for (const site of this.allSites) {
      const text = plain(`${site.name} ${site.address ?? ""} ${this.categoryOf(site)}`);
      if (words.every((word) => text.includes(word))) found.push(site);
      if (found.length === limit) break;
    }
    return found;
  }

  #words(list) {
    return Array.isArray(this.vocabulary[list]) ? this.vocabulary[list] : [];
  }
}

function siteOf(report) {
  const { id, name, kind, category, address, location, person_in_charge } = report;
  const place = { lon: location?.lon ?? null, lat: location?.lat ?? null };
  const unknown = { township_id: null, licence_state: null, last_visit: null, open_problems: 0 };
  return { id, name, kind, category, address, state: "reported", person_in_charge: person_in_charge ?? null, ...place, ...unknown };
}

function plain(text) {
  return text.normalize("NFKC").toLowerCase();
}

function grouped(problems) {
  const found = new Map();
  for (const problem of problems) found.set(problem.site_id, [...(found.get(problem.site_id) ?? []), problem]);
  return found;
}
