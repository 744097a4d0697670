/* Days as the reader counts them, and how long is left. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { dayKey, dayWords, leftWords } from "../../../static/mindnet/js/client/time.js";

test("days follow the reader's own calendar", () => {
  const noon = new Date(2026, 4, 10, 12).getTime();
  assert.equal(dayWords(noon, noon), "Today");
  assert.equal(dayWords(noon - 86_400_000, noon), "Yesterday");
  assert.match(dayWords(new Date(2020, 0, 2), noon), /2020/);
  assert.notEqual(dayKey(new Date(2026, 0, 11)), dayKey(new Date(2026, 10, 1)));
});

test("what is left is told in its two largest units, and never as less than nothing", () => {
  const told = [[-5000, "0 s"], [1, "1 s"], [252_000, "4 min 12 s"], [60_000, "1 min 0 s"], [11_100_000, "3 h 5 min"], [176_400_000, "2 d 1 h"]];
  for (const [ms, words] of told) assert.equal(leftWords(ms), words);
});
