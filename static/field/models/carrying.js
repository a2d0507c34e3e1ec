// Parcels of colleagues on their way: kept until the server has answered for every record in them.

import { Pause, ask, patienceMs } from "./asking.js";
import { readParcel } from "./parcel.js";

const DONE = new Set(["received", "incomplete", "conflict", "refused"]);

/** Takes a parcel along; gives the one that is here already where it was brought in before. */
export async function takeAlong(store, buffer) {
  const parcel = await readParcel(buffer);
  const known = (await store.carried()).find(({ name }) => name === parcel.name);
  if (known) return known;
  const kept = { ...parcel, state: "waiting", answer: null, taken_at: new Date().toISOString() };
  await store.saveCarried(kept);
  return kept;
}

export function isToDeliver({ state }) {
  return state === "waiting";
}

/** Hands a parcel over and keeps what the server said of each record. Throws Pause or Unacceptable. */
export async function handOver(store, fetch, parcel) {
  const { status, body } = await ask(fetch, "/api/v1/field/parcels", {
    method: "POST",
    body: parcel.bytes,
    headers: { "Content-Type": "application/vnd.mingcha.parcel" },
    timeoutMs: patienceMs(parcel.bytes.byteLength),
  });
  if (!Array.isArray(body.results)) throw new Pause("captive");
  const named = new Set(body.results.map(({ id }) => id));
  const isWhole = parcel.header.records.every(({ id }) => named.has(id)) && body.results.every(({ state }) => DONE.has(state));
  const state = status === 202 || !isWhole ? "held" : "delivered";
  const answer = { author: body.author ?? null, results: body.results, message: body.message ?? "" };
  const kept = { ...parcel, state, answer, delivered_at: new Date().toISOString() };
  await store.saveCarried(kept);
  return kept;
}
