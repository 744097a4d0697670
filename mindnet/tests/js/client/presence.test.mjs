/* People of a room, and being idle oneself. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Idle, People } from "../../../static/mindnet/js/client/presence.js";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("people: those here come first, watermarks only move forward, a journey counts the others", () => {
  const people = new People();
  const one = (id, username, status) => ({ psychic: { id, username, status }, delivered_seq: 0, read_seq: 0 });
  const statuses = ["online", "offline", "meditating", "online"];
  people.set(["ada", "zed", "bob", "cleo"].map((name, index) => one(index + 1, name, statuses[index])));
  assert.deepEqual(people.list().map(({ psychic }) => psychic.username), ["ada", "cleo", "bob", "zed"]);
  assert.deepEqual(people.meditating(1).map(({ username }) => username), ["bob"]);
  people.receipt({ psychic: { id: 3 }, delivered_seq: 9, read_seq: 4 });
  people.receipt({ psychic: { id: 3 }, delivered_seq: 7, read_seq: 2 });
  assert.deepEqual(people.journey({ sender: { id: 1 }, seq: 4 }), { others: 3, delivered: 1, read: 1 });
  assert.deepEqual(people.journey({ sender: { id: 1 }, seq: 9 }), { others: 3, delivered: 1, read: 0 });
  assert.deepEqual(people.journey({ sender: { id: 1 }, seq: 10 }), { others: 3, delivered: 0, read: 0 });
  people.change([{ id: 3, username: "bob", status: "online" }, { id: 99, username: "stranger", status: "online" }]);
  assert.deepEqual(people.meditating(1), []);
  assert.equal(people.count, 4);
});

test("where too many look, people are counts until there is a list again", () => {
  const people = new People();
  const psychic = { id: 7, username: "ada", status: "online" };
  people.set([{ psychic, delivered_seq: 0, read_seq: 0 }]);
  people.setCounts({ online: 90, away: 8, meditating: 3, offline: 20 });
  people.put({ psychic, delivered_seq: 0, read_seq: 0 });
  assert.deepEqual([people.count, people.list().length], [121, 0]);
  people.set([{ psychic, delivered_seq: 0, read_seq: 0 }]);
  assert.deepEqual([people.count, people.counts], [1, null]);
});

test("idleness is noticed once in each direction", async () => {
  const idle = new Idle(0.02);
  const heard = [];
  idle.on("changed", (isIdle) => heard.push(isIdle));
  idle.alive();
  await pause(60);
  idle.alive();
  idle.alive();
  assert.deepEqual(heard, [true, false]);
  await pause(60);
  assert.deepEqual(heard, [true, false, true]);
});

test("whoever does not touch anything is idle until they do", async () => {
  const idle = new Idle(0.02);
  const changes = [];
  idle.on("changed", (isIdle) => changes.push(isIdle));
  idle.alive();
  await pause(60);
  assert.equal(idle.isIdle, true);
  idle.alive();
  assert.deepEqual([changes, idle.isIdle], [[true, false], false]);
});
