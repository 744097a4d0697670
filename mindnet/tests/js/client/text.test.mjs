/* One line of a text, its length, and emoji. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { codePoints, isSameEmoji, snippet } from "../../../static/mindnet/js/client/text.js";

test("a snippet is one line, short, and never half a character", () => {
  assert.equal(snippet({ deleted: false, content: "a\n b\t c " }), "a b c");
  assert.equal(snippet({ deleted: false, content: "**a** ||b||" }), "a ▮▮▮");
  assert.equal(snippet({ deleted: true, content: "" }), "deleted");
  assert.equal(snippet({ deleted: false, content: "{}", message_type: "sealed" }), "Sealed message");
  const long = snippet({ deleted: false, content: "👁".repeat(300) });
  assert.equal(codePoints(long), 120);
  assert.ok(long.isWellFormed?.() ?? true);
});

test("a heart in colours and one without are the same reaction", () => {
  assert.ok(isSameEmoji("❤\uFE0F", "❤"));
  assert.ok(isSameEmoji("🏳\u200D🌈", "🏳\uFE0F\u200D🌈"));
  assert.ok(!isSameEmoji("❤", "💜"));
});
