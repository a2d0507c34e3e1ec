// What the board of a sweep knows, and what follows from it. Knows no page.

export const SETTLED = new Set(["done", "closed", "moved", "refused", "dropped"]);
export const ON_THE_WAY = new Set(["waiting", "under_way", "arrived"]);
const MINUTE = 60_000;
const LATE_AFTER_MS = 10 * MINUTE;
const SILENT_AFTER_MS = 30 * MINUTE;
const KEPT_ENTRIES = 500;

/** The board after a change: rows take the place of those with their id; alarms come as a whole. */
export function merge(board, change) {
  const merged = { ...board, ...pick(change, ["sweep", "alarms"]) };
  for (const part of ["teams", "stops", "entries"]) merged[part] = change[part] ? put(board[part], change[part]) : board[part];
  merged.entries = merged.entries.toSorted((one, other) => one.number - other.number).slice(-KEPT_ENTRIES);
  merged.number = Math.max(board.number, change.number);
  return merged;
}

function put(rows, fresh) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const row of fresh) byId.set(row.id, row);
  return [...byId.values()];
}

function pick(from, names) {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}

/** How many stops are settled, how many teams are on duty. */
export function counts({ teams, stops }) {
  return {
    stops: stops.length,
    settled: stops.filter(({ state }) => SETTLED.has(state)).length,
    inside: stops.filter(({ state }) => state === "entered").length,
    teams: teams.length,
    onDuty: teams.filter((team) => team.on_duty > 0).length,
  };
}

/** Minutes by which a stop should have been entered; 0 while that is less than ten. */
export function lateness({ state, planned_enters_at: planned }, now) {
  if (!planned || !ON_THE_WAY.has(state)) return 0;
  const late = now - Date.parse(planned);
  return late > LATE_AFTER_MS ? Math.floor(late / MINUTE) : 0;
}

/** Minutes since a team on duty was heard of, once that is worth a call; else 0. */
export function silence({ on_duty: onDuty, heard_at: heard }, now) {
  if (!onDuty || !heard) return 0;
  const quiet = now - Date.parse(heard);
  return quiet > SILENT_AFTER_MS ? Math.floor(quiet / MINUTE) : 0;
}

/** Where a team is: where its phone was seen, else the stop it last spoke of, else its start. `isSeen` says which. */
export function whereabouts(team, stops) {
  if (team.place) return { lon: team.place.lon, lat: team.place.lat, isSeen: true };
  const last = team.last && stops.find(({ id }) => id === team.last.stop_id);
  const { lon, lat } = last && team.last.kind !== "set_out" ? last : team.start;
  return { lon, lat, isSeen: false };
}

/** Stops that want looking at first: inside, late, on the way, waiting, settled; then by the plan. */
export function inOrder(stops, now) {
  const rank = (stop) => (stop.state === "entered" ? 0 : lateness(stop, now) ? 1 : stop.state === "waiting" ? 3 : SETTLED.has(stop.state) ? 4 : 2);
  const planned = ({ planned_enters_at: at }) => (at ? Date.parse(at) : Number.POSITIVE_INFINITY);
  return stops.toSorted((one, other) => rank(one) - rank(other) || planned(one) - planned(other) || one.position - other.position || (one.id < other.id ? -1 : 1));
}

/** Alarms that nobody has seen to, the oldest first. */
export function open(alarms) {
  return alarms.filter(({ resolved_at: resolved }) => !resolved);
}

/** Which teams a message went to, and which have answered it. */
export function receipts(message, { teams, entries }) {
  const to = message.team_id ? teams.filter(({ id }) => id === message.team_id) : teams;
  const answered = new Set(entries.filter(({ kind, answers_id: id }) => kind === "reply" && id === message.id).map(({ team_id: id }) => id));
  return { to: to.length, read: to.filter(({ id }) => answered.has(id)).length };
}

/** The same line again for who looks for words: name, address, team. */
export function matches(stop, teamName, { words, state, team }) {
  if (state === "open" ? SETTLED.has(stop.state) : state && stop.state !== state) return false;
  if (team && stop.team_id !== team) return false;
  const text = `${stop.name} ${stop.address} ${teamName}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
