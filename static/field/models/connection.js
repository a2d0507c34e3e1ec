// Is it our server that answers, and does it know us? `navigator.onLine` says neither, and the login page of some
// network says 200 to everything.

/**
 * { state, offset_ms, person_id }: "online"; "signed_out"; "disabled" (the account); "forbidden" (a new password is due, say); "captive"
 * (something else answers); "offline"; "busy" (5xx).
 * `offset_ms` is the server's clock less the phone's; it and `person_id` (who is signed in) are null unless online.
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
  return { state: "online", offset_ms: Math.round(serverTime - (began + ended) / 2), person_id: body.person_id ?? null };
}

function isNot(state) {
  return { state, offset_ms: null, person_id: null };
}
