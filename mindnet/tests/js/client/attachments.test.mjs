/* What is said about files, as mindnet/tests/templatetags/test_attachments.py has it from the same table. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { filesInWords, fitted, kindOf, durationWords, measureWords, sizeWords } from "../../../static/mindnet/js/client/attachments.js";
import { snippet } from "../../../static/mindnet/js/client/text.js";

const table = JSON.parse(readFileSync(new URL("../attachments.json", import.meta.url), "utf8"));
const file = (media_type, more = {}) => ({ media_type, name: "a.b", size: 2048, seconds: null, width: 4, height: 3, ...more });

test("sizes, lengths, boxes and kinds are as in the table", () => {
  for (const [bytes, words] of table.sizes) assert.equal(sizeWords(bytes), words);
  for (const [seconds, words] of table.lengths) assert.equal(durationWords(seconds), words);
  for (const [width, height, ...box] of table.fitted) assert.deepEqual(fitted(width, height), box);
  for (const [type, width, height, kind] of table.kinds) assert.equal(kindOf(file(type, { width, height })), kind);
  for (const [types, words] of table.words) assert.equal(filesInWords(types.map((type) => file(type))), words);
  assert.deepEqual([null, 61].map((seconds) => measureWords(file("audio/ogg", { seconds }))), ["2 KB", "1:01 · 2 KB"]);
});

test("a message is quoted by its words, and by its files where it has none", () => {
  const message = (content, deleted = false) => ({ content, deleted, attachments: [file("image/webp")] });
  assert.deepEqual([message("Look"), message(""), message("", true)].map(snippet), ["Look", "Image: a.b", "deleted"]);
});
