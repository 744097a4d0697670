/* The page's reader of texts, on the corpus it shares with the server's. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { parse, plain } from "../../../static/mindnet/js/client/markup.js";

const CORPUS = JSON.parse(readFileSync(new URL("../../markup/corpus.json", import.meta.url), "utf8"));

test("every case of the corpus", () => {
  assert.ok(CORPUS.length > 200);
  for (const [text, tree] of CORPUS) assert.deepEqual(parse(text), tree, JSON.stringify(text));
});

test("plain words hide what a spoiler does", () => {
  assert.equal(plain(parse("**a** ||b||\n- [c](https://x.org)")), "a ▮▮▮\n• c");
});
