// What a person works with when there is no signal: tasks, sites, checklists, words. Read-only, replaced as a whole.

import { metresBetween } from "../../helpers/distance.js";

/** What the server says of a refresh: "new", "same", "signed_out", "forbidden" or "unreachable". */
export async function refreshBundle(store, personId, { fetch = globalThis.fetch, now = Date.now } = {}) {
  const kept = await store.bundle(personId);
  const headers = kept?.etag ? { "If-None-Match": kept.etag } : {};
  let answer;
  try {
    answer = await fetch("/api/v1/field/bundle", { headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(60_000) });
  } catch {
    return "unreachable";
  }
  if (answer.status === 304 && kept) {
    await store.saveBundle({ ...kept, fetched_at: new Date(now()).toISOString() });
    return "same";
  }
  const body = await answer.json().catch(() => null);
  if (answer.status === 401) return "signed_out";
  if (answer.status === 403) return "forbidden";
  if (answer.status !== 200 || body?.person?.id !== personId || !Array.isArray(body.sites?.rows)) return "unreachable";
  const fetched_at = new Date(now()).toISOString();
  await store.saveBundle({ person_id: personId, etag: answer.headers.get("ETag"), fetched_at, body });
  return "new";
}

export class Bundle {
  #sites;
  #problems;

  /** `reports` are new sites that this phone has made and the bundle may not have yet. */
  constructor({ body, fetched_at }, reports = []) {
    Object.assign(this, { fetchedAt: fetched_at, ...body });
    const { columns, rows } = body.sites;
    const sites = rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
    this.#sites = new Map(sites.map((site) => [site.id, site]));
    for (const report of reports) if (!this.#sites.has(report.id)) this.#sites.set(report.id, siteOf(report));
    this.#problems = Map.groupBy ? Map.groupBy(body.problems, ({ site_id }) => site_id) : grouped(body.problems);
  }

  site(id) {
    return this.#sites.get(id) ?? null;
  }

  get allSites() {
    return [...this.#sites.values()];
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

  checklist(key) {
    return (key && this.checklists.find(({ code, version }) => code === key.code && version === key.version)) ?? null;
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
    for (const site of this.#sites.values()) {
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
