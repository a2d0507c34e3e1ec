// The queue as one file (.mcq): sealed for the server, signed by this phone, so that anybody may carry it.
//
//   "MCQ1" · length of the header (4 bytes, big-endian) · header in JSON · sealed frames, one behind the other
//
// A frame before it is sealed is a piece of frames.js; sealed it is 12 bytes of chance and AES-256-GCM of the piece, its number
// bound in. The key comes from an ephemeral pair and the server's own (ECDH on P-256, HKDF-SHA256): the phone that
// made a parcel can't open it any more.

import { b64url, canonical } from "./canonical.js";
import { bytesIn, packed } from "./frames.js";
import { sha256 } from "./sha256.js";
import { publicJwk, sign } from "./signature.js";
import { uuid7 } from "./uuid7.js";

const MAGIC = "MCQ1";
const FORMAT = "mingcha-parcel/1";
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const IV_BYTES = 12;

/**
 * { header, parts } of records with all their photos; a Blob is made of the parts. `serverKey` is { key_id, jwk } of
 * the bundle. Rejects where a photo can't be read, unless it is to be left out.
 */
export async function makeParcel(store, records, { serverKey, county, now = new Date(), leavesOut = false }) {
  const { key, ephemeral, salt } = await newKey(serverKey.jwk);
  const [frames, parts] = [[], []];
  for await (const piece of piecesOf(store, records, leavesOut)) {
    const sealed = await seal(key, parts.length, piece);
    frames.push({ size: sealed.byteLength, sha256: await sha256(sealed) });
    parts.push(sealed);
  }
  const header = {
    format: FORMAT,
    county,
    person_id: store.personId,
    device_id: (await store.device()).id,
    made_at: now.toISOString(),
    key_id: serverKey.key_id,
    ephemeral,
    salt: b64url(salt),
    frames,
    records: records.map(({ id, kind }) => ({ id, kind })),
  };
  header.signature = await sign((await store.signingKeys()).privateKey, header);
  const words = canonical(header);
  const start = new Uint8Array(8);
  start.set(new TextEncoder().encode(MAGIC));
  new DataView(start.buffer).setUint32(4, words.length);
  return { header, parts: [start, words, ...parts] };
}

async function* piecesOf(store, records, leavesOut) {
  for (const { id, kind, sha256: name, bytes } of records) yield packed({ type: "record", kind, id, sha256: name }, bytes);
  const files = new Map(records.flatMap((record) => record.files).map((file) => [file.sha256, file]));
  for (const file of files.values()) {
    const bytes = await store.photo(file.id);
    if (!bytes && !leavesOut) throw new Error(`photo ${file.sha256} can't be read`);
    if (bytes) yield packed({ type: "file", sha256: file.sha256, media_type: file.type }, bytes);
  }
}

async function newKey(jwk) {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const server = await crypto.subtle.importKey("jwk", jwk, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: server }, pair.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const how = { name: "HKDF", hash: "SHA-256", salt, info: new TextEncoder().encode("mingcha parcel 1") };
  const key = await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  return { key, salt, ephemeral: await publicJwk(pair.publicKey) };
}

async function seal(key, number, piece) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const additionalData = new Uint8Array(4);
  new DataView(additionalData.buffer).setUint32(0, number);
  const secret = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, piece);
  const sealed = new Uint8Array(IV_BYTES + secret.byteLength);
  sealed.set(iv);
  sealed.set(new Uint8Array(secret), IV_BYTES);
  return sealed;
}

/**
 * A parcel that a colleague gave, looked at from outside: { id, header, bytes }. Rejects with an Error where it is
 * none, was cut or was changed on the way; what is in it nobody but the server can read.
 */
export async function readParcel(buffer) {
  const bytes = bytesIn(buffer);
  if (bytes.length < 8 || new TextDecoder().decode(bytes.subarray(0, 4)) !== MAGIC) throw new TypeError("no parcel");
  let at = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, at)));
  if (header.format !== FORMAT || !Array.isArray(header.frames) || !Array.isArray(header.records)) throw new TypeError("no parcel");
  for (const { size, sha256: name } of header.frames) {
    if (at + size > bytes.length || (await sha256(bytes.slice(at, at + size))) !== name) throw new TypeError("a parcel that was cut or changed");
    at += size;
  }
  if (at !== bytes.length) throw new TypeError("a parcel with more behind it");
  return { id: uuid7(), name: await sha256(bytes), header, bytes: bytes.slice().buffer };
}
