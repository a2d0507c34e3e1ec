// Looks for the number that a challenge (ALTCHA, protocol 2, PBKDF2) asks for, away from the page. Answers it with the key,
// or null where this browser has no cryptography for us.

const ENCODER_BYTES = 4;

onmessage = async ({ data: { parameters } }) => {
  try {
    postMessage(await solve(parameters));
  } catch {
    postMessage(null);
  }
};

async function solve({ nonce, salt, cost, keyLength, keyPrefix }) {
  const start = bytes(nonce);
  const password = new Uint8Array(start.length + ENCODER_BYTES);
  password.set(start);
  const counter = new DataView(password.buffer);
  const rules = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
  for (let n = 0; n < 2 ** 20; n += 1) {
    counter.setUint32(start.length, n);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derived = hex(await crypto.subtle.deriveBits(rules, key, keyLength * 8));
    if (derived.startsWith(keyPrefix)) return { counter: n, derivedKey: derived };
  }
  return null;
}

function bytes(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
