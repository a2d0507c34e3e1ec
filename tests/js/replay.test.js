// Where teams are at a moment of a replay, worked out from the journal alone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const source = readFileSync(new URL("../../geo/maps/js/sweep_replay.js", import.meta.url), "utf8");

function night(steps) {
  const data = {
    first: 0, last: 3600, teams: [{}, {}], steps: steps.map((step) => ({ move: "", owner: -1, state: "", ...step })),
    stops: [{ team: 0, state: "done" }, { team: 0, state: "done" }],
  };
  const scene = { starts: [0, 0, 50, 50], at: [100, 0, 100, 80] };
  return new Function("data", "scene", `${source}; return { carsAt, standAt, clockAt };`)(data, scene);
}

test("a team is where it starts until it sets out, and halfway at half its time", () => {
  const { carsAt } = night([{ at: 600, team: 0, stop: 0, move: "out" }, { at: 1200, team: 0, stop: 0, move: "there" }]);
  assert.deepEqual(carsAt(0)[0], [0, 0]);
  assert.deepEqual(carsAt(900)[0], [50, 0]);
  assert.deepEqual(carsAt(1200)[0], [100, 0]);
  assert.deepEqual(carsAt(3000)[1], [50, 50]);
});

test("a team that nobody said arrived is shown on its way, and one that turns round goes from where it last was", () => {
  const { carsAt } = night([
    { at: 100, team: 0, stop: 0, move: "out" },
    { at: 200, team: 0, stop: 0, move: "there" },
    { at: 300, team: 0, stop: 1, move: "out" },
  ]);
  assert.deepEqual(carsAt(3600)[0], [100, 40]);
});

test("a stop starts with the team of the plan, and states follow the journal up to the moment and no further", () => {
  const { standAt } = night([
    { at: 10, team: 0, stop: 0, state: "entered", move: "there" },
    { at: 20, team: 1, stop: 1, owner: 1, state: "waiting" },
    { at: 30, team: 0, stop: 0, state: "refused", move: "there" },
  ]);
  assert.deepEqual(standAt(-1), { state: ["waiting", "waiting"], team: [0, 0] });
  assert.deepEqual(standAt(1), { state: ["entered", "waiting"], team: [0, 1] });
  assert.deepEqual(standAt(2).state, ["refused", "waiting"]);
});

test("the clock goes on over midnight", () => {
  const { clockAt } = night([]);
  assert.equal(clockAt(23 * 3600 + 59 * 60 + 59), "23:59");
  assert.equal(clockAt(24 * 3600 + 61), "00:01");
});
