/* When a time of day comes next. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { nextTime } from "../../../static/mindnet/js/view/status_control.js";

test("a time of day is its next one", () => {
  const evening = new Date(2026, 4, 10, 18, 30).getTime();
  assert.equal(nextTime("19:00", evening), new Date(2026, 4, 10, 19, 0).getTime());
  assert.equal(nextTime("18:30", evening), new Date(2026, 4, 11, 18, 30).getTime());
  assert.equal(nextTime("07:15", evening), new Date(2026, 4, 11, 7, 15).getTime());
});
