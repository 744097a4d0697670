/* Days as the reader counts them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { dayKey, dayWords } from "../../../static/mindnet/js/client/time.js";

test("days follow the reader's own calendar", () => {
  const noon = new Date(2026, 4, 10, 12).getTime();
  assert.equal(dayWords(noon, noon), "Today");
  assert.equal(dayWords(noon - 86_400_000, noon), "Yesterday");
  assert.match(dayWords(new Date(2020, 0, 2), noon), /2020/);
  assert.notEqual(dayKey(new Date(2026, 0, 11)), dayKey(new Date(2026, 10, 1)));
});
