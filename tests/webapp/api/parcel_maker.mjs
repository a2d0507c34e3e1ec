// Makes a parcel with the phone's own code and writes it to standard output.
// node parcel_maker.mjs < {"person_id","device_id","signing_key": private jwk,"server_key","county","records":[{"id","kind","sha256","bytes","files":[…]}],"photos":{id: bytes}}, bytes in base64
import { text } from "node:stream/consumers";

import { makeParcel } from "../../../static/field/models/parcel.js";

const given = JSON.parse(await text(process.stdin));
const bytesOf = (base64) => new Uint8Array(Buffer.from(base64, "base64")).buffer;
const privateKey = await crypto.subtle.importKey("jwk", given.signing_key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
const store = {
  personId: given.person_id,
  device: async () => ({ id: given.device_id }),
  signingKeys: async () => ({ privateKey }),
  photo: async (id) => bytesOf(given.photos[id]),
};
const records = given.records.map((record) => ({ ...record, bytes: bytesOf(record.bytes) }));
const { parts } = await makeParcel(store, records, { serverKey: given.server_key, county: given.county });
process.stdout.write(Buffer.from(await new Blob(parts).arrayBuffer()));
