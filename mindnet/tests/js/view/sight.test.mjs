/* What counts as having been in sight. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { MOMENT_MS, Sight } from "../../../static/mindnet/js/view/sight.js";

test("seen is what stays in sight for a moment", () => {
  const sight = new Sight();
  assert.equal(sight.look([1, 2], 0), MOMENT_MS);
  assert.equal(sight.look([2, 3], 400), MOMENT_MS - 400);
  assert.equal(sight.look([2, 3], MOMENT_MS), 400);
  assert.deepEqual([1, 2, 3].map((number) => sight.has(number)), [false, true, false]);
  assert.equal(sight.look([2, 3], MOMENT_MS + 400), null);
  assert.ok(sight.has(3));
});

test("what comes back into sight begins anew, and so does everything for who was away", () => {
  const sight = new Sight();
  sight.look([1, 2], 0);
  sight.look([2], 500);
  assert.equal(sight.look([1, 2], 900), MOMENT_MS - 900);
  sight.away();
  assert.equal(sight.look([1, 2], MOMENT_MS + 100), MOMENT_MS);
  assert.ok(!sight.has(1) && !sight.has(2));
});
