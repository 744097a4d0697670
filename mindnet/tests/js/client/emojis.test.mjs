/* Emoji by their names, those used lately, and the way through their grid. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Emojis, gridStep } from "../../../static/mindnet/js/client/emojis.js";

const LIST = JSON.parse(readFileSync(new URL("../../../static/mindnet/emoji.json", import.meta.url), "utf8"));

async function loaded(kept = new Map()) {
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const emojis = new Emojis(storage, 7, async () => LIST);
  await emojis.load();
  return emojis;
}

const drawn = (found) => found.map(([emoji]) => emoji);

test("an emoji is found by any of its names, and by parts of them", async () => {
  const emojis = await loaded();
  assert.equal(drawn(emojis.find("joy", 1))[0], "😂");
  assert.ok(drawn(emojis.find("thumbs up", 3)).includes("👍"));
  assert.equal(drawn(emojis.find("TADA", 1))[0], "🎉");
  assert.deepEqual(emojis.find("no such thing", 5), []);
  assert.equal(emojis.named("Smile"), "😄");
  assert.equal(emojis.named("smil"), undefined);
});

test("those used lately come first where they fit as well, the newest first, and never twice", async () => {
  const kept = new Map(), emojis = await loaded(kept);
  assert.notEqual(drawn(emojis.find("heart", 1))[0], "💔");
  emojis.use("💔");
  emojis.use("👍");
  emojis.use("💔");
  assert.deepEqual(drawn((await loaded(kept)).recent()), ["💔", "👍"]);
  assert.equal(drawn(emojis.find("br", 1))[0], "💔");
  for (const [emoji] of LIST.emoji.slice(0, 40)) emojis.use(emoji);
  assert.equal(emojis.recent().length, 24);
});

test("what somebody else has written into the storage does no harm", async () => {
  for (const text of ["{", "7", '{"a": 1}', '["no emoji", 7, null]']) {
    assert.deepEqual((await loaded(new Map([["mindnet:emoji:7", text]]))).recent(), []);
  }
});

test("a list that did not come is asked for again", async () => {
  let asked = 0;
  const emojis = new Emojis({ getItem: () => null, setItem: () => {} }, 7, async () => {
    if (!asked++) throw new TypeError("no network");
    return LIST;
  });
  await assert.rejects(emojis.load());
  await emojis.load();
  await emojis.load();
  assert.equal(asked, 2);
});

test("arrow keys go through parts below each other", () => {
  // Three columns, two parts: 0 1 2 / 3 4 and 5 6 7 / 8.
  const step = (at, key) => gridStep([5, 4], 3, at, key);
  assert.deepEqual([step(0, "ArrowRight"), step(8, "ArrowRight"), step(0, "ArrowLeft")], [1, 8, 0]);
  assert.deepEqual([step(1, "ArrowDown"), step(2, "ArrowDown"), step(4, "ArrowDown"), step(7, "ArrowDown")], [4, 4, 6, 8]);
  assert.deepEqual([step(8, "ArrowDown"), step(8, "ArrowUp"), step(6, "ArrowUp"), step(4, "ArrowUp"), step(2, "ArrowUp")],
    [8, 5, 4, 1, -1]);
  assert.deepEqual([step(4, "Home"), step(4, "End"), step(4, "Tab")], [0, 8, null]);
});

test("a tone of skin is kept, and taken by who stands alone", async () => {
  const kept = new Map(), emojis = await loaded(kept);
  assert.equal(emojis.toned("🕵️‍♂️"), "🕵️‍♂️");
  emojis.tone = "🏽";
  const again = await loaded(kept);
  const shown = ["👋", "🕵️‍♂️", "☝️", "👩‍💻", "👪", "👨‍👩‍👦", "🔮"].map((emoji) => again.toned(emoji));
  assert.deepEqual(shown, ["👋🏽", "🕵🏽‍♂️", "☝🏽", "👩🏽‍💻", "👪", "👨‍👩‍👦", "🔮"]);
  kept.set("mindnet:emoji:7:tone", "x");
  assert.equal((await loaded(kept)).toned("👋"), "👋");
});
