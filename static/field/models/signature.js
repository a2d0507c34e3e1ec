// Signatures: the server's under a receipt, the phone's own under a parcel. ECDSA on P-256 with SHA-256.

import { b64url, canonical, fromB64url } from "./canonical.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/** What a receipt's signature covers. The advice in it is in the reader's language and is left out. */
function signedPart({ county, check, state, record_sha256, received, missing, refused, damaged, completed_at }) {
  const hashes = (named) => named.map(({ sha256 }) => sha256).sort();
  return { county, check, state, record_sha256, received: [...received].sort(), missing: [...missing].sort(), refused: hashes(refused), damaged: hashes(damaged), completed_at };
}

/** Whether one of the server's keys [{ key_id, jwk }] signed the receipt as it stands. Never throws. */
export function isSigned(receipt, keys) {
  return verified(receipt, signedPart, keys);
}

/** The same of the receipt of a walk. */
export function isVisitSigned(receipt, keys) {
  return verified(receipt, ({ county, visit, state, record_sha256, received_at }) => ({ county, visit, state, record_sha256, received_at }), keys);
}

/** The same of what the server says about a sealed parcel. */
export function isAcknowledged(parcel, keys) {
  return verified(parcel, acknowledgedPart, keys);
}

function acknowledgedPart({ county, parcel, sha256, state, received_at, records }) {
  return { county, parcel, sha256, state, received_at, records: records.map(({ id }) => id).sort() };
}

async function verified(given, part, keys) {
  const known = keys.find(({ key_id }) => key_id === given?.signature?.key_id);
  if (!known) return false;
  try {
    const key = await crypto.subtle.importKey("jwk", known.jwk, CURVE, false, ["verify"]);
    return await crypto.subtle.verify(SIGNING, key, fromB64url(given.signature.value), canonical(part(given)));
  } catch {
    return false;
  }
}

/** The signature of JSON by a private key, base64url. */
export async function sign(privateKey, value) {
  return b64url(await crypto.subtle.sign(SIGNING, privateKey, canonical(value)));
}

/** A public key for the server: what names it and nothing of how it is used. */
export async function publicJwk(publicKey) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  return { kty, crv, x, y };
}
