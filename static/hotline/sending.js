// Handing a call in. The same call sent twice is taken once, so what is in doubt is simply sent again.

const LATER = new Set([408, 429, 500, 502, 503, 504, 507]);
const PATIENCE_MS = 20_000;

/**
 * What became of it: { kind: "taken", receipt } · { kind: "wrong", fields, message } · { kind: "later" } where it can be sent
 * again as it is · { kind: "signed-out" }.
 */
export async function send(address, call, ask = fetch) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const answer = await ask(address, { method: "POST", headers, body: JSON.stringify(call), signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
  if (!answer || LATER.has(answer.status)) return { kind: "later" };
  if (answer.status === 401 || answer.redirected) return { kind: "signed-out" };
  const said = await answer.json().catch(() => null);
  if (!said) return { kind: "later" };
  if (answer.ok) return { kind: "taken", receipt: said };
  return { kind: "wrong", fields: said.fields ?? {}, message: said.message ?? "" };
}
