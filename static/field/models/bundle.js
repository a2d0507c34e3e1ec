// What a person works with when there is no signal: tasks, sites, checklists, words. Read-only, kept in parts.

/**
 * A body to keep: the sites that tasks and problems name stay rows, the others become one text. To read thousands of rows
 * takes a phone longer than to draw the first screen, which shows none of them.
 */
export function folded(body) {
  const named = new Set([...body.tasks, ...body.problems].map(({ site_id }) => site_id));
  const all = unfolded(body).sites.rows;
  const [rows, others] = [all.filter(([id]) => named.has(id)), all.filter(([id]) => !named.has(id))];
  const texts = ["photos_before", "facts", "ground"].filter((name) => body[name]).map((name) => [name, asText(body[name])]);
  return { ...body, ...Object.fromEntries(texts), sites: { ...body.sites, rows, rest: JSON.stringify(others) } };
}

/** What no first screen shows is kept as one text. */
function asText(part) {
  return typeof part === "string" ? part : JSON.stringify(part);
}

/** The body with all its sites as rows, by id as the server gives them; one kept by an earlier version is as it is. */
export function unfolded(body) {
  const { rest, ...sites } = body.sites;
  if (!rest) return body;
  const rows = [...sites.rows, ...JSON.parse(rest)].sort(([one], [other]) => (one < other ? -1 : 1));
  return { ...body, sites: { ...sites, rows } };
}

export class Bundle {
  #body;
  #near; // rows by id, those at hand
  #all = null; // rows by id
  #own = new Map(); // reported on this phone
  #sites = new Map(); // those that were asked for: of thousands most never are
  #problems;
  #photosBefore = null;
  #factForms = null;
  #ground = null;
  records;

  /** `records` is what this phone has finished: it knows of new sites and done tasks before the bundle does. */
  constructor({ body, fetched_at }, records = []) {
    Object.assign(this, { fetchedAt: fetched_at, ...body });
    this.#body = body;
    this.records = records;
    this.#near = new Map(body.sites.rows.map((row) => [row[0], row]));
    for (const { site } of records) if (site) this.#own.set(site.id, siteOf(site));
    const done = new Set(records.filter(({ state }) => state !== "replaced").map(({ task_id }) => task_id));
    this.tasks = body.tasks.filter(({ id }) => !done.has(id));
    this.#problems = Map.groupBy ? Map.groupBy(body.problems, ({ site_id }) => site_id) : grouped(body.problems);
  }

  site(id) {
    return this.#sites.get(id) ?? this.#made(this.#near.get(id) ?? this.#rows.get(id)) ?? this.#own.get(id) ?? null;
  }

  /** How many there are, without making them all. */
  get siteCount() {
    return this.#rows.size + this.#unknown.length;
  }

  get allSites() {
    return [...this.#rows.keys()].map((id) => this.site(id)).concat(this.#unknown);
  }

  get #unknown() {
    return [...this.#own.values()].filter(({ id }) => !this.#rows.has(id));
  }

  get #rows() {
    this.#all ??= this.#body.sites.rest ? new Map(unfolded(this.#body).sites.rows.map((row) => [row[0], row])) : this.#near;
    return this.#all;
  }

  #made(row) {
    if (!row) return null;
    const site = {};
    for (let n = 0; n < row.length; n++) site[this.#body.sites.columns[n]] = row[n];
    this.#sites.set(site.id, site);
    return site;
  }

  problemsAt(siteId) {
    return this.#problems.get(siteId) ?? [];
  }

  /** Whether there are cells to ask models/cells.js for: who walks none need not load it. */
  get hasCells() {
    return Boolean(this.#body.canvass?.rows.length);
  }

  /** The shape of a cell in GeoJSON; null of one that is not the person's. */
  shapeOf(cellId) {
    return this.#groundPart.shapes[cellId] ?? null;
  }

  /** Where tips point to in these cells, and nothing more of them: [{ lon, lat, uncertainty_m, category, received_on }]. */
  get tipPlaces() {
    return this.#groundPart.tips.map(([lon, lat, uncertainty_m, category, received_on]) => ({ lon, lat, uncertainty_m, category, received_on }));
  }

  /** What the person has told by name, the last first: [{ id, code, state, text, received_at, answer }]. */
  get ownTips() {
    return this.#body.own_tips ?? [];
  }

  get #groundPart() {
    const { ground: given = { shapes: {}, tips: [] } } = this.#body;
    return (this.#ground ??= typeof given === "string" ? JSON.parse(given) : given);
  }

  /** What can be recorded of facts, as `fact_forms` of the server says; no subjects where nothing can. */
  get factForms() {
    const { facts: given = { subjects: [] } } = this.#body;
    return (this.#factForms ??= typeof given === "string" ? JSON.parse(given) : given);
  }

  /** The subjects whose facts can be recorded at a site. */
  factsAt(site) {
    return this.factForms.subjects.filter(({ site_kinds }) => site_kinds.includes(site?.kind ?? "suspected"));
  }

  /** Earlier photos that show a problem: [{ id, sha256, taken_at, caption }]. */
  photosBefore(findingId) {
    const { photos_before: given = {} } = this.#body;
    this.#photosBefore ??= typeof given === "string" ? JSON.parse(given) : given;
    return (this.#photosBefore[findingId] ?? []).map(([id, sha256, taken_at, caption]) => ({ id, sha256, taken_at, caption }));
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
    return (key && this.everyChecklist.find(({ code, version }) => code === key.code && version === key.version)) ?? null;
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

  /** Problems that the person found or confirmed, or looks after the zone of; the first due first, those without a
   * running deadline last. */
  myProblems() {
    const due = ({ due_on, step }) => (step === "suspended" ? "9" : (due_on ?? "8"));
    return this.problems.filter(({ is_mine, site_id }) => is_mine && this.site(site_id)).sort((a, b) => due(a).localeCompare(due(b)));
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

  /** What rules demand of an item of a checklist. A phone may hold a bundle of before there were rules. */
  rulesAbout(itemCode) {
    return (this.rules ?? []).filter(({ item_code }) => item_code === itemCode);
  }

  /** Rules whose words hold every word of `typed`; all where nothing is typed. */
  searchRules(typed) {
    const words = plain(typed).split(/\s+/).filter(Boolean);
    return (this.rules ?? []).filter(({ subject, title, title_en, lines, quote }) => {
      const text = plain([subject, title, title_en, ...lines, quote].join(" "));
      return words.every((word) => text.includes(word));
    });
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
