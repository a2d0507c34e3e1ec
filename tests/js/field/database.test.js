import "fake-indexeddb/auto";

import assert from "node:assert/strict";
import { test } from "node:test";

import { Database } from "../../../static/field/models/database.js";
import { uuid7 } from "../../../static/field/models/uuid7.js";

const WANTED = { settings: ["device", "gone"], bundles: ["me"], drafts: [] };

/** A database with a little in it, and how many transactions were begun since. */
async function scene() {
  const name = `ahead-${uuid7()}`;
  const [database, other] = [new Database(name), new Database(name)];
  await other.write(["settings", "bundles", "drafts"], async (tx) => {
    await tx.objectStore("settings").put({ key: "device", sequence: 1 });
    for (const person_id of ["me", "you"]) await tx.objectStore("bundles").put({ person_id });
    await tx.objectStore("drafts").put({ id: "a" });
  });
  let begun = 0;
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...all) {
    begun++;
    return transaction.apply(this, all);
  };
  return { database, other, begun: () => begun, end: () => (IDBDatabase.prototype.transaction = transaction) };
}

async function asked(database) {
  return [await database.get("settings", "device"), await database.get("settings", "gone"), await database.get("bundles", "me"), await database.keys("bundles"), await database.all("drafts")];
}

test("what was read ahead answers as the disk would, with one transaction for all", async () => {
  const { database, other, begun, end } = await scene();
  database.readAhead(WANTED);
  const ahead = await asked(database);
  assert.equal(begun(), 1);
  assert.deepEqual(ahead, await asked(other));
  assert.deepEqual((await database.get("bundles", "you")).person_id, "you"); // not read ahead
  end();
});

test("what was written is what is read, whatever was read ahead", async () => {
  const { database, end } = await scene();
  database.readAhead(WANTED);
  await database.write(["drafts"], (tx) => tx.objectStore("drafts").put({ id: "b" }));
  assert.deepEqual((await database.all("drafts")).map(({ id }) => id), ["a", "b"]);
  end();
});

test("what another page writes is seen once the first screen stands", async () => {
  const { database, other, end } = await scene();
  database.readAhead(WANTED);
  await database.all("drafts");
  await other.write(["drafts"], (tx) => tx.objectStore("drafts").delete("a"));
  database.forgetAhead();
  assert.deepEqual(await database.all("drafts"), []);
  end();
});

test("where nothing can be read ahead, whoever asks is told", async () => {
  const database = new Database(`ahead-${uuid7()}`);
  database.readAhead({ nowhere: [] });
  await assert.rejects(database.all("nowhere"));
  assert.deepEqual(await database.all("drafts"), []);
});
