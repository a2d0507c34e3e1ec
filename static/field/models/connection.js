// Is it our server that answers, and does it know us? `navigator.onLine` says neither, and the login page of some
// network says 200 to everything.

const GOOD_MS = 400; // a phone on 4G, with the server a province away

/**
 * { state, offset_ms, round_trip_ms, person_id }: "online"; "signed_out"; "disabled" (the account); "forbidden" (a new password is due, say); "captive"
 * (something else answers); "offline"; "busy" (5xx).
 * `offset_ms` is the server's clock less the phone's; it, `round_trip_ms` and `person_id` (who is signed in) are null unless online.
 */
export async function ping({ fetch = globalThis.fetch, now = Date.now, timeoutMs = 8_000 } = {}) {
  const began = now();
  try {
    const answer = await fetch("/api/v1/ping", { cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(timeoutMs) });
    return await read(answer, began, now());
  } catch {
    return isNot("offline");
  }
}

async function read(answer, began, ended) {
  if (answer.status >= 500) return isNot("busy");
  const body = answer.headers.get("X-Mingcha") === "1" ? await answer.json().catch(() => null) : null;
  if (answer.status === 401 && body?.error === "NotSignedIn") return isNot("signed_out");
  if (answer.status === 403 && body?.error === "AccountDisabled") return isNot("disabled");
  if (answer.status === 403 && body?.error === "Forbidden") return isNot("forbidden");
  const serverTime = Date.parse(body?.server_time);
  if (answer.status !== 200 || body?.signed_in !== true || !Number.isFinite(serverTime)) return isNot("captive");
  return { state: "online", offset_ms: Math.round(serverTime - (began + ended) / 2), round_trip_ms: ended - began, person_id: body.person_id ?? null };
}

function isNot(state) {
  return { state, offset_ms: null, round_trip_ms: null, person_id: null };
}

/** Whether so much may be sent at once that a break in it would cost something. `told`: what the browser knows of the
 * line (Network Information API), where it says. */
export function isGoodLine({ state, round_trip_ms }, told = globalThis.navigator?.connection) {
  if (told?.saveData || (told?.effectiveType && told.effectiveType !== "4g")) return false;
  return state === "online" && round_trip_ms <= GOOD_MS;
}
