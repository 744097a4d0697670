/* Where a session is by the server's clock. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Timeline, breathAt, lengthWords, parseRhythm, satWords } from "../../../static/mindnet/js/client/timeline.js";

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
