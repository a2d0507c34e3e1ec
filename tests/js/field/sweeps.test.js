import assert from "node:assert/strict";
import { createCipheriv, pbkdf2Sync, randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";

import { canonical } from "../../../static/field/models/canonical.js";
import { OwnSweeps } from "../../../static/field/models/own-sweeps.js";
import { Tampered, WrongCode, digitsOf, openPacket } from "../../../static/field/models/packet.js";
import { fault, freshStore, json } from "./kit.js";

const T0 = Date.parse("2026-11-21T12:00:00Z");
const CODE = "402817553906";
const CONTENTS = { stops: [{ id: randomUUID(), site: { name: "星光托管1号点" } }] };

/** An envelope as inspections/sweeps/codes.py makes it, by node's own crypto. */
function sealed(sweepId, { revision = 1, contents = CONTENTS } = {}) {
  const head = { format: "mingcha-sweep-packet/1", packet_id: randomUUID(), county: "361129", sweep_id: sweepId, team_id: "team", revision };
  const bound = Buffer.from(canonical(head));
  const [key, salt] = [randomBytes(32), randomBytes(16)];
  const derived = pbkdf2Sync(CODE, salt, 1000, 32, "sha256");
  const content = locked(key, Buffer.from(JSON.stringify(contents).padEnd(2000)), bound);
  const wrapped = locked(derived, key, Buffer.concat([Buffer.from("code "), bound]));
  const code = { kdf: "PBKDF2-SHA-256", iterations: 1000, salt: b64(salt), iv: wrapped.iv, wrapped: wrapped.bytes };
  return { key: b64(key), envelope: { ...head, iv: content.iv, sealed: content.bytes, code } };
}

function locked(key, content, bound) {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(bound);
  return { iv: b64(iv), bytes: b64(Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()])) };
}

const b64 = (bytes) => Buffer.from(bytes).toString("base64url");

function flipped(envelope) {
  const bytes = Buffer.from(envelope.sealed, "base64url");
  bytes[40] ^= 1;
  return { ...envelope, sealed: b64(bytes) };
}

/** One sweep of the person's team, and a clock that tests turn. */
class Command {
  sweep = { id: randomUUID(), name: "周六晚联合行动", state: "sealed", meeting_point: "县政府南门", meets_at: "2026-11-21T11:30:00Z", starts_at: "2026-11-21T12:00:00Z", ends_at: "2026-11-21T15:00:00Z", released_at: null, team: { id: "team", number: 1, name: "第1组" } };
  now = T0 - 3_600_000;
  packet = sealed(this.sweep.id);
  sends = (envelope) => envelope;
  isAway = false;
  isOfTeam = true;
  told = [];
  asked = [];

  fetch = async (path, options = {}) => {
    if (this.isAway) throw new TypeError("network");
    this.asked.push(path);
    const server_time = new Date(this.now).toISOString();
    const { packet_id, revision } = this.packet.envelope;
    if (path === "/api/v1/sweeps/mine") return json(200, { server_time, sweeps: this.isOfTeam ? [{ ...this.sweep, packet: { id: packet_id, revision } }] : [] });
    if (path.endsWith("/packet")) return json(200, this.sends(this.packet.envelope));
    if (path.endsWith("/opened")) return this.told.push(JSON.parse(options.body)) && json(200, {});
    const released = this.now >= Date.parse(this.sweep.starts_at);
    return json(200, { state: released ? "running" : "sealed", starts_at: this.sweep.starts_at, server_time, released, packet_id: released ? packet_id : null, key: released ? this.packet.key : null });
  };

  get deeds() {
    return this.told.map(({ deed }) => deed);
  }
}

function phone(command, store = freshStore()) {
  const sweeps = new OwnSweeps({ shelf: store.sweeps, fetch: command.fetch, now: () => command.now });
  return { sweeps, store, own: () => sweeps.find(command.sweep.id) };
}

test("the packet lies on the phone before the start and says nothing", async () => {
  const command = new Command();
  const { sweeps, own, store } = phone(command);
  assert.equal(await sweeps.refresh(), "same");
  assert.equal(own().envelope.packet_id, command.packet.envelope.packet_id);
  assert.equal(own().contents, null);
  assert.ok(!command.asked.some((path) => path.endsWith("/key")), "nobody asks for a key that can't be there");
  const [kept] = await store.sweeps.all();
  assert.ok(!JSON.stringify(kept).includes("星光"));
});

test("at the start it opens by itself and command learns of it once", async () => {
  const command = new Command();
  const { sweeps, own, store } = phone(command);
  await sweeps.refresh();
  command.now = T0 + 1000;
  await sweeps.refresh();
  await sweeps.refresh();
  assert.deepEqual(own().contents, CONTENTS);
  assert.equal(own().opened_by, "key");
  assert.deepEqual(command.deeds, ["opened_by_key"]);
  const again = phone(command, store);
  await again.sweeps.load();
  assert.deepEqual(again.own().contents, CONTENTS);
});

test("a phone whose clock is an hour ahead learns nothing earlier", async () => {
  const command = new Command();
  const store = freshStore();
  const sweeps = new OwnSweeps({ shelf: store.sweeps, fetch: command.fetch, now: () => command.now + 3_600_000 });
  await sweeps.refresh();
  assert.equal(sweeps.find(command.sweep.id).contents, null);
  assert.equal(sweeps.serverNow(sweeps.find(command.sweep.id)), command.now);
});

test("without a signal the code opens it, and the report waits for the line", async () => {
  const command = new Command();
  const { sweeps, own } = phone(command);
  await sweeps.refresh();
  Object.assign(command, { isAway: true, now: T0 + 60_000 });
  assert.equal(await sweeps.refresh(), "offline");
  await assert.rejects(sweeps.openWithCode(command.sweep.id, "4028 1755"), (error) => error instanceof WrongCode && error.reason === "short");
  await assert.rejects(sweeps.openWithCode(command.sweep.id, "0000 0000 0000"), (error) => error instanceof WrongCode && error.reason === "other");
  await sweeps.openWithCode(command.sweep.id, "4028 1755 ３９０６");
  assert.deepEqual(own().contents, CONTENTS);
  assert.equal(own().opened_by, "code");
  await sweeps.refresh(); // what it began by itself
  assert.deepEqual(command.deeds, []);
  command.isAway = false;
  await sweeps.refresh();
  assert.deepEqual(command.deeds, ["wrong_code", "opened_by_code"]);
  assert.equal(own().reports.length, 0);
});

test("a packet that was changed on its way is told of, fetched anew and then opens", async () => {
  const command = new Command();
  command.sends = flipped;
  const { sweeps, own } = phone(command);
  await sweeps.refresh();
  Object.assign(command, { sends: (envelope) => envelope, now: T0 });
  await sweeps.refresh();
  assert.deepEqual(own().contents, CONTENTS);
  assert.equal(own().is_tampered, false);
  assert.deepEqual(command.deeds, ["tampered", "opened_by_key"]);
});

test("one that is changed every time is called what it is", async () => {
  const command = new Command();
  command.sends = flipped;
  command.now = T0;
  const { sweeps, own } = phone(command);
  await sweeps.refresh();
  assert.equal(own().contents, null);
  assert.equal(own().is_tampered, true);
  assert.deepEqual(command.deeds, ["tampered", "tampered"]);
});

test("a packet that was replaced while the phone was away is fetched before it is opened", async () => {
  const command = new Command();
  const { sweeps, own } = phone(command);
  await sweeps.refresh();
  const contents = { stops: [{ site: { name: "另一处" } }] };
  Object.assign(command, { packet: sealed(command.sweep.id, { revision: 2, contents }), now: T0 });
  await sweeps.refresh();
  assert.deepEqual(own().contents, contents);
  assert.equal(own().envelope.revision, 2);
});

test("a start that was moved is waited for", async () => {
  const command = new Command();
  const { sweeps, own } = phone(command);
  await sweeps.refresh();
  command.sweep.starts_at = "2026-11-21T12:45:00Z";
  command.now = T0 + 60_000;
  await sweeps.refresh();
  assert.equal(own().contents, null);
  assert.equal(own().starts_at, "2026-11-21T12:45:00Z");
});

test("who left the team keeps no packet", async () => {
  const command = new Command();
  const { sweeps, own, store } = phone(command);
  await sweeps.refresh();
  command.isOfTeam = false;
  await sweeps.refresh();
  assert.equal(own(), null);
  assert.deepEqual(await store.sweeps.all(), []);
});

test("a report that the server refuses is not told for ever", async () => {
  const command = new Command();
  command.now = T0;
  const { fetch } = command;
  command.fetch = async (path, options) => (path.endsWith("/opened") ? fault(404, "NotFound") : fetch(path, options));
  const { sweeps, own } = phone(command);
  await sweeps.refresh();
  assert.deepEqual(own().contents, CONTENTS);
  assert.equal(own().reports.length, 0);
});

test("what another person keeps on this phone is not shown", async () => {
  const command = new Command();
  const name = `test-${randomUUID()}`;
  const { sweeps } = phone(command, freshStore(undefined, name));
  await sweeps.refresh();
  const other = freshStore("01890000-0000-7000-8000-000000000002", name);
  assert.deepEqual(await other.sweeps.all(), []);
});

test("every changed part of an envelope is found", async () => {
  const { envelope, key } = sealed("sweep");
  for (const name of ["packet_id", "county", "sweep_id", "team_id", "revision", "iv"]) {
    await assert.rejects(openPacket({ ...envelope, [name]: name === "iv" ? b64(randomBytes(12)) : "other" }, { key }), Tampered);
  }
  await assert.rejects(openPacket({}, { key }), Tampered);
  await assert.rejects(openPacket(envelope, { key: "%%%" }), Tampered);
});

test("a code is read however it is typed", () => {
  assert.equal(digitsOf(" 4028-1755-３９０６ "), CODE);
});
