/* What is known of somebody's logs, and what two tabs know of one room, put together. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { goesOn, Person } from "../../../../static/mindnet/js/client/sealed/person.js";
import { seenByBoth } from "../../../../static/mindnet/js/client/sealed/room_order.js";
import { ADA, Story } from "./story.mjs";

test("a log is taken as far as it goes on, and what breaks a rule is trouble, not taken", async () => {
  const story = new Story(), laptop = await story.add(ADA), person = await Person.restore(ADA, []);
  await person.show(story.logs.get(ADA).entries);
  const tablet = await story.add(ADA, { by: laptop }), { entries } = story.logs.get(ADA);
  const forged = [entries[0], { ...entries[1], signature: entries[0].signature }];
  await person.show(forged);
  assert.deepEqual([person.trouble, person.log.length], ["broken", 1]);
  await person.show(entries);
  assert.deepEqual([person.trouble, [...person.log.live.keys()]], [null, [laptop.id, tablet.id]]);
  await person.show([]);
  assert.deepEqual([person.trouble, person.log.length], ["withheld", 2]);
  await story.startOver(ADA);
  await person.show(story.logs.get(ADA).entries);
  assert.deepEqual([person.trouble, person.logs.length], ["other_root", 1]);
  person.accept();
  const again = await Person.restore(ADA, person.kept());
  assert.deepEqual([again.trouble, again.log.root, again.logs.length], [null, person.log.root, 2]);
});

test("of two histories the longer one is right where it goes on from the other", async () => {
  const entry = (name) => ({ statement: name, signature: name });
  const [a, b, c] = ["a", "b", "c"].map(entry);
  for (const [longer, other] of [[[[a]], []], [[[a, b]], [[a]]], [[[a], [b]], [[a]]], [[[a]], [[a]]]]) {
    assert.ok(goesOn(longer, other));
  }
  for (const [one, other] of [[[], [[a]]], [[[a]], [[a, b]]], [[[a, c]], [[a, b]]], [[[a, b], [c]], [[a], [c]]]]) {
    assert.ok(!goesOn(one, other));
  }
});

test("of what two tabs have seen nothing is lost", () => {
  const step = (seq, head) => ({ id: seq, seq, heads: { 7: head, 9: "x" } });
  const one = { steps: [step(4, "a"), step(9, "b")], revisions: { "7 n": 2, "9 m": 1 } };
  const other = { steps: [step(2, "a"), step(12, "c")], revisions: { "7 n": 1, "7 o": 3 } };
  assert.deepEqual(seenByBoth(one, other), {
    steps: [step(2, "a"), step(9, "b"), step(12, "c")], revisions: { "7 n": 2, "9 m": 1, "7 o": 3 },
  });
  assert.equal(one.steps[0].seq, 4, "what was given is left as it is");
});
