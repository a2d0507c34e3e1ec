// A team's sealed packet: held beforehand, opened with the key that the server gives at the start or with the twelve
// digits that command reads out. Locked by inspections/sweeps/codes.py.

import { canonical, fromB64url } from "./canonical.js";

const FORMAT = "mingcha-sweep-packet/1";
const HEAD = ["format", "packet_id", "county", "sweep_id", "team_id", "revision"];
const CODE_DIGITS = 12;

/** The code has too few digits, or is that of another packet. `reason`: "short" or "other". */
export class WrongCode extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** The packet is not as it was sealed, or the key is not its own. */
export class Tampered extends Error {}

/**
 * What a packet says. `by`: { key } as the server gave it (base64url), or { code } as it was heard. Rejects with WrongCode
 * or Tampered.
 */
export async function openPacket(envelope, by) {
  if (!isEnvelope(envelope)) throw new Tampered("no packet");
  const bound = canonical(Object.fromEntries(HEAD.map((name) => [name, envelope[name]])));
  const key = by.code === undefined ? bytesOf(by.key) : await keyByCode(envelope, by.code, bound);
  const opened = await decrypted(key, envelope.iv, envelope.sealed, bound);
  if (!opened) throw new Tampered(envelope.packet_id);
  return JSON.parse(new TextDecoder().decode(opened));
}

/** The digits of what was typed: blanks, dashes and full-width digits are how people write them. */
export function digitsOf(typed) {
  return typed.normalize("NFKC").replace(/\D/g, "");
}

export function isEnvelope(given) {
  const texts = ["packet_id", "sweep_id", "team_id", "iv", "sealed"];
  const isLock = ({ salt, iv, wrapped, iterations } = {}) => [salt, iv, wrapped].every((text) => typeof text === "string") && iterations > 0;
  return given?.format === FORMAT && texts.every((name) => typeof given[name] === "string") && isLock(given.code);
}

async function keyByCode(envelope, typed, bound) {
  const digits = digitsOf(typed);
  if (digits.length !== CODE_DIGITS) throw new WrongCode("short");
  const { salt, iterations, iv, wrapped } = envelope.code;
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(digits), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations };
  const derived = await crypto.subtle.deriveBits(how, secret, 256);
  const key = await decrypted(derived, iv, wrapped, joined(new TextEncoder().encode("code "), bound));
  if (!key) throw new WrongCode("other");
  return key;
}

/** The bytes; null where the key is another or anything was changed. */
async function decrypted(raw, iv, sealed, additionalData) {
  try {
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
    return await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytesOf(iv), additionalData }, key, bytesOf(sealed));
  } catch {
    return null;
  }
}

function bytesOf(text) {
  try {
    return fromB64url(text);
  } catch {
    throw new Tampered("no base64url");
  }
}

function joined(one, other) {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}
