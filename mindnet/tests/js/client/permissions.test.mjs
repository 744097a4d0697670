/* What one may do is asked of the server, one question at a time, and again when it becomes otherwise by itself. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { isSameVerdict, Permissions } from "../../../static/mindnet/js/client/permissions.js";

const NOW = Date.parse("2026-05-10T12:00:00Z");
const ALLOWED = { allowed: true, rule: "participant", until: null };
const MUTED = { allowed: false, rule: "mute", until: "2026-05-10T12:01:00Z" };
const settled = () => new Promise((done) => setTimeout(done));

/** Permissions of a room whose server is answered by hand, with the timers that were set. */
function asked() {
  const questions = [], timers = [];
  const permissions = new Permissions({
    ask: () => new Promise((resolve, reject) => questions.push({ answer: (write) => resolve({ role: null, may: { write } }), reject })),
    now: () => NOW,
    random: () => 0.5,
    later: (work, ms) => timers.push({ work, ms }),
  });
  return { permissions, questions, timers };
}

test("everything counts as allowed until the server has said otherwise", async () => {
  const { permissions, questions } = asked();
  assert.equal(permissions.may("write"), true);
  permissions.ask();
  questions[0].answer(MUTED);
  await settled();
  assert.deepEqual([permissions.may("write"), permissions.may("react")], [false, true]);
  assert.equal(permissions.verdict("write").rule, "mute");
});

test("what one only waits for is allowed", async () => {
  const { permissions, questions } = asked();
  permissions.ask();
  questions[0].answer({ allowed: false, rule: "slow_mode", until: null });
  await settled();
  assert.deepEqual([permissions.may("write"), permissions.verdict("write").allowed], [true, false]);
});

test("one question at a time, and one more for all that was wanted meanwhile", async () => {
  const { permissions, questions } = asked();
  for (let i = 0; i < 4; i++) permissions.ask();
  assert.equal(questions.length, 1);
  questions[0].answer(ALLOWED);
  await settled();
  assert.equal(questions.length, 2);
  questions[1].answer(ALLOWED);
  await settled();
  assert.equal(questions.length, 2);
});

test("what many hear is asked within a moment, once", () => {
  const { permissions, questions, timers } = asked();
  permissions.askSoon();
  permissions.askSoon();
  assert.deepEqual([questions.length, timers.map(({ ms }) => ms)], [0, [750]]);
  timers[0].work();
  assert.equal(questions.length, 1);
});

test("a verdict that ends by itself is asked again after its end", async () => {
  const { permissions, questions, timers } = asked();
  permissions.ask();
  questions[0].answer(MUTED);
  await settled();
  assert.deepEqual(timers.map(({ ms }) => ms), [60_000 + 500 + 750]);
  timers[0].work();
  questions[1].answer(ALLOWED);
  await settled();
  assert.equal(permissions.may("write"), true);
  assert.equal(timers.length, 1);
});

test("changes are told with what was before, and only changes", async () => {
  const { permissions, questions } = asked();
  const heard = [];
  permissions.on("changed", (before) => heard.push(isSameVerdict(before.write, permissions.verdict("write"))));
  for (const verdict of [ALLOWED, { ...ALLOWED }, MUTED]) {
    permissions.ask();
    questions.at(-1).answer(verdict);
    await settled();
  }
  assert.deepEqual(heard, [false, false]);
});

test("an answer that does not come leaves what was known, and the next question is free", async () => {
  const { permissions, questions } = asked();
  permissions.ask();
  questions[0].answer(MUTED);
  await settled();
  permissions.ask();
  questions[1].reject(new Error("not reached"));
  await settled();
  assert.equal(permissions.may("write"), false);
  permissions.ask();
  assert.equal(questions.length, 3);
});

test("of refusals those ask that say something has become otherwise", () => {
  const { permissions, questions } = asked();
  permissions.refused({ code: "rate_limited" });
  assert.equal(questions.length, 0);
  permissions.refused({ code: "muted" });
  assert.equal(questions.length, 1);
});

test("who is out of the room asks no more, also where a moment was being waited for", async () => {
  const { permissions, questions, timers } = asked();
  permissions.askSoon();
  permissions.stop();
  timers[0].work();
  permissions.ask();
  assert.equal(questions.length, 0);
});

test("what the page was drawn with is asked again after its end", () => {
  const timers = [];
  new Permissions({
    ask: () => Promise.reject(new Error("not yet")), now: () => NOW, may: { write: MUTED }, random: () => 0,
    later: (work, ms) => timers.push(ms),
  });
  assert.deepEqual(timers, [60_500]);
});
