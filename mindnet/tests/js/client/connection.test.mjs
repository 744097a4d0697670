/* The delays between attempts to reconnect, and when there is none. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { backoffSeconds, mayReconnect } from "../../../static/mindnet/js/client/connection.js";

test("reconnecting waits anything from nothing to 0.5 s, doubling to 20 s", () => {
  assert.deepEqual([0, 1, 2, 5, 6, 50].map((attempt) => backoffSeconds(attempt, () => 1)), [0.5, 1, 2, 16, 20, 20]);
  assert.equal(backoffSeconds(50, () => 0), 0);
});

test("codes from 4500 on mean: do not come back", () => {
  assert.deepEqual([1006, 1012, 4008, 4029, 4499].map(mayReconnect), Array(5).fill(true));
  assert.deepEqual([4500, 4501, 4503, 4504, 4509, 4513].map(mayReconnect), Array(6).fill(false));
});
