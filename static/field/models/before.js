// Small pictures of how problems looked before, kept on the phone for where there is no signal: first of those that the
// person answers for, then of sites with a task, then of the own township (decision 0116).

import { isLow, roomLeft } from "./room.js";

const MOST = 80;
const PATIENCE_MS = 15_000;

/** Photos as the bundle names them, [{ id, sha256, taken_at, caption }], in the order of how likely they are needed. */
export function wanted(bundle, most = MOST) {
  const withTask = new Set(bundle.tasks.map(({ site_id }) => site_id));
  const township = bundle.person.township_id;
  const isNear = ({ site_id }) => !township || bundle.site(site_id)?.township_id === township;
  const rank = (problem) => (problem.is_mine ? 0 : withTask.has(problem.site_id) ? 1 : isNear(problem) ? 2 : 3);
  const ranked = bundle.problems.map((problem) => [rank(problem), problem]).filter(([place]) => place < 3);
  const photos = ranked.sort(([one], [other]) => one - other).flatMap(([, problem]) => bundle.photosBefore(problem.id));
  return [...new Map(photos.map((photo) => [photo.id, photo])).values()].slice(0, most);
}

/** Brings what is lacking and lets go of what is no longer named. Stops where the line is gone or room is short. */
export async function keepBefore({ store, bundle, fetch }) {
  const photos = wanted(bundle);
  const kept = await store.keptBefore();
  const named = new Set(photos.map(({ id }) => id));
  await store.forgetBefore([...kept].filter((id) => !named.has(id)));
  if (globalThis.navigator?.connection?.saveData || isLow(await roomLeft())) return;
  for (const photo of photos) if (!kept.has(photo.id) && (await bring(store, photo, fetch)) === "unreachable") return;
}

/** Bytes and type of the small picture: from this phone, else from the server; null where it can't be had now. */
export async function smallBefore({ store, fetch }, photo) {
  const known = await store.before(photo.id);
  if (known) return known;
  const own = await store.thumb(photo.id);
  if (own) return own;
  await bring(store, photo, fetch);
  return (await store.before(photo.id)) ?? null;
}

async function bring(store, { id, sha256 }, fetch) {
  const options = { credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) };
  const answer = await fetch(`/api/v1/files/${sha256}/320`, options).catch(() => null);
  if (!answer) return "unreachable";
  const isPicture = answer.status === 200 && answer.headers.get("Content-Type")?.startsWith("image/");
  const bytes = isPicture && (await answer.arrayBuffer().catch(() => null));
  if (!bytes) return "none";
  await store.saveBefore(id, bytes, "image/jpeg").catch(() => {});
  return "kept";
}
