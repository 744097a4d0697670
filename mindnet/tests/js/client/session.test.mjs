/* The server's clock, and where a session is by it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock } from "../../../static/mindnet/js/client/clock.js";
import { Timeline, breathAt, lengthWords, parseRhythm, satWords } from "../../../static/mindnet/js/client/timeline.js";

/** A clock of a client whose own time is off by `error` ms and moves when told to. */
function clockAt(start) {
  const local = { ms: start };
  return { local, clock: new ServerClock(() => local.ms) };
}

/** One ping: `there` and `back` ms on its way, to a server whose clock is `ahead` of the local one. */
function ping({ clock, local }, ahead, there, back) {
  const sent = local.ms;
  const serverTime = sent + there + ahead;
  local.ms += there + back;
  clock.learn(serverTime, sent, local.ms);
}

const off = ({ clock, local }, ahead) => Math.abs(clock.now() - (local.ms + ahead));

test("the sample with the shortest trip counts", () => {
  const one = clockAt(1_000_000);
  ping(one, 5000, 400, 20);
  assert.equal(off(one, 5000), 190);
  ping(one, 5000, 12, 10);
  assert.equal(off(one, 5000), 1);
  ping(one, 5000, 5, 900);
  assert.equal(off(one, 5000), 1, "a worse one changes nothing");
});

test("any ping is better than hello, whose way nobody knows", () => {
  const one = clockAt(0);
  one.clock.restart(7000);
  assert.equal(one.clock.now(), 7000);
  ping(one, 7300, 200, 200);
  assert.equal(off(one, 7300), 0);
});

test("old samples are forgotten, since clocks drift", () => {
  const one = clockAt(0);
  ping(one, 1000, 1, 1);
  one.local.ms += 11 * 60_000;
  ping(one, 1250, 30, 30);
  assert.equal(off(one, 1250), 0);
});

test("sixteen newer ones push out the oldest, however good it was", () => {
  const one = clockAt(0);
  ping(one, 1000, 1, 1);
  for (let n = 0; n < 16; n++) ping(one, 1040, 20, 20);
  assert.equal(off(one, 1040), 0);
});

test("two clients on bad links are within 100 ms of each other", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 200; round++) {
    const [one, other] = [clockAt(5_000), clockAt(9_000_000)];
    for (const each of [one, other]) {
      for (let n = 0; n < 6; n++) ping(each, 60_000, 20 + 300 * random() ** 3, 20 + 300 * random() ** 3);
    }
    assert.ok(off(one, 60_000) + off(other, 60_000) < 100, `round ${round}`);
  }
});

const STEPS = [
  { at: 0, kind: "bell", text: "", seconds: 0 },
  { at: 0, kind: "prompt", text: "Sit", seconds: 10 },
  { at: 15, kind: "silence", text: "", seconds: 30 },
  { at: 45, kind: "bell", text: "", seconds: 0 },
  { at: 45, kind: "silence", text: "", seconds: 30 },
  { at: 75, kind: "sharing", text: "", seconds: 20.5 },
];
const START = Date.parse("2030-01-01T12:00:00Z");
const timeline = new Timeline({ started_at: "2030-01-01T12:00:00Z", steps: STEPS });
const at = (seconds) => timeline.at(START + seconds * 1000);

test("a latecomer lands in the right second", () => {
  assert.deepEqual([at(0).index, at(9.999).index, at(10).index, at(15).index, at(45).index], [1, 1, -1, 2, 4]);
  assert.equal(at(20).passed, 5);
  assert.equal(at(20).left, 25);
  assert.equal(at(20).total, 75.5);
});

test("between two steps there is none, before the start too", () => {
  assert.equal(at(12).step, null);
  assert.equal(at(12).left, 3);
  assert.equal(at(-5).index, -1);
  assert.equal(at(-5).left, 5);
});

test("it is over after the last moment", () => {
  assert.equal(at(95.4).isOver, false);
  assert.equal(at(95.5).isOver, true);
  assert.equal(at(1000).left, 0);
});

test("a bell is rung once, when its moment passes", () => {
  assert.deepEqual(timeline.bells(-1, 0).map((step) => step.at), [0]);
  assert.deepEqual(timeline.bells(0, 44.9), []);
  assert.deepEqual(timeline.bells(44.9, 45).length, 1);
  assert.deepEqual(timeline.bells(45, 80), []);
});

test("silence goes on over the bells within it", () => {
  assert.equal(timeline.silentUntil(2), START + 75_000);
  assert.equal(timeline.silentUntil(4), START + 75_000);
});

test("the rhythm is read from the beginning of the text and nowhere else", () => {
  assert.deepEqual(parseRhythm("4-4-4-4 Along the sides"), {
    words: "Along the sides", phases: [["in", 4], ["hold", 4], ["out", 4], ["rest", 4]],
  });
  assert.deepEqual(parseRhythm("4-6").phases, [["in", 4], ["out", 6]]);
  assert.deepEqual(parseRhythm("3-2.5-6 x").phases, [["in", 3], ["hold", 2.5], ["out", 6]]);
  for (const text of ["", "Breathe 4-6", "0-0 Nothing", "4-6x", "1-2-3-4-5 Too many", "24 hours"]) {
    assert.deepEqual(parseRhythm(text), { words: text, phases: [["in", 4], ["out", 6]] }, text);
  }
});

test("a breath fills, holds, empties, rests, and begins again", () => {
  const { phases } = parseRhythm("4-4-4-4");
  const phase = (seconds) => breathAt(phases, seconds).phase;
  assert.deepEqual([0, 3.9, 4, 8, 12, 16, 161].map(phase), ["in", "in", "hold", "out", "rest", "in", "in"]);
  assert.equal(breathAt(phases, 5).fill, 1);
  assert.equal(breathAt(phases, 13).fill, 0);
  assert.ok(Math.abs(breathAt(phases, 2).fill - 0.5) < 1e-9);
  assert.ok(breathAt(phases, -1).fill >= 0);
});

test("lengths in words", () => {
  assert.deepEqual([0, 4.2, 65, 3600].map(lengthWords), ["0:00", "0:05", "1:05", "1:00:00"]);
  assert.deepEqual([0.4, 1, 59, 60, 90, 720].map(satWords),
    ["1 second", "1 second", "59 seconds", "1 minute", "2 minutes", "12 minutes"]);
});
