// What a person works with when there is no signal: tasks, sites, checklists, words. Read-only, kept in parts.

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
