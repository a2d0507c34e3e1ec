// The server's own vectors: a parcel and a receipt that Python made, read by the phone's code byte for byte.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { canonical, fromB64url } from "../../../static/field/models/canonical.js";
import { readParcel } from "../../../static/field/models/parcel.js";
import { isSigned } from "../../../static/field/models/signature.js";

const vector = JSON.parse(await readFile(new URL("../../inspections/field/parcel_vector.json", import.meta.url), "utf-8"));
const parcel = Buffer.from(vector.parcel, "base64");
const text = (bytes) => new TextDecoder().decode(bytes);

test("the header that the server writes is canonical here as well, and its device signed it", async () => {
  const { header } = await readParcel(parcel);
  const { signature, ...unsigned } = header;
  assert.equal(text(canonical(unsigned)), vector.canonical_header);
  const { d: _, ...jwk } = vector.device_signing_key;
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  assert.ok(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, fromB64url(signature), canonical(unsigned)));
});

test("the server's receipt is believed by its public keys, and a changed one is not", async () => {
  assert.ok(await isSigned(vector.receipt, vector.keys.receipt));
  for (const change of [{ received: [] }, { county: "421303" }, { completed_at: null }, { state: "incomplete" }]) {
    assert.equal(await isSigned({ ...vector.receipt, ...change }, vector.keys.receipt), false);
  }
  assert.ok(await isSigned({ ...vector.receipt, refused: [{ ...vector.receipt.refused[0], message: "in English" }] }, vector.keys.receipt));
});
