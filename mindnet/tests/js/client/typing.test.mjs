/* Who is writing, told and said. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { TypingSender, typingWords } from "../../../static/mindnet/js/client/typing.js";

test("typing is told at once, then every three seconds at most, and its end only after a beginning", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const sent = [];
  const typing = new TypingSender((on) => sent.push(on));
  typing.stop();
  typing.input();
  typing.input();
  context.mock.timers.setTime(1_003_001);
  typing.input();
  typing.stop();
  typing.stop();
  assert.deepEqual(sent, [true, true, false]);
});

test("typing in words", () => {
  assert.deepEqual(typingWords(["ada"]), { names: ["ada"], rest: " is writing" });
  assert.deepEqual(typingWords(["ada", "bob"]).rest, " are writing");
  assert.deepEqual(typingWords(["a", "b", "c", "d", "e"]), { names: ["a", "b"], rest: " and 3 others are writing" });
});
