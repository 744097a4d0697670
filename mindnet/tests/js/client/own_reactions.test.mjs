/* Whether one has reacted oneself, also where a message does not name everybody. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { OwnReactions } from "../../../static/mindnet/js/client/own_reactions.js";

const ME = { id: 7 };
const others = Array.from({ length: 100 }, (_, number) => 100 + number);

test("where all are named, their ids say it", () => {
  const own = new OwnReactions(ME);
  assert.equal(own.has({ id: 1, reactions: { "👁": [9, 7] } }, "👁"), true);
  assert.equal(own.has({ id: 1, reactions: { "👁": [9] } }, "👁"), false);
  assert.equal(own.has({ id: 1, reactions: {} }, "👁"), false);
});

test("beyond those named, what was carried out is remembered", () => {
  const own = new OwnReactions(ME);
  const crowded = { id: 1, reactions: { "👁": others }, reaction_counts: { "👁": 240 } };
  assert.equal(own.has(crowded, "👁"), false);
  own.note(1, "👁", true);
  assert.equal(own.has(crowded, "👁"), true);
  assert.equal(own.has({ ...crowded, id: 2 }, "👁"), false, "of another message");
  assert.equal(own.has(crowded, "🌙"), false, "with another emoji");
  own.note(1, "👁", false);
  assert.equal(own.has(crowded, "👁"), false);
});

test("what was taken back elsewhere is not remembered against those named", () => {
  const own = new OwnReactions(ME);
  own.note(1, "👁", true);
  assert.equal(own.has({ id: 1, reactions: { "👁": [9] } }, "👁"), false);
});
