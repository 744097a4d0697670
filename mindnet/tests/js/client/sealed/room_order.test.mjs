/* What the messages of a room say together, in whatever order they are opened. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { RoomOrder } from "../../../../static/mindnet/js/client/sealed/room_order.js";
import { ADA, BOB } from "./story.mjs";

const HEADS = ["first", "second", "third"];
const message = (seq) => ({ id: 100 + seq, seq, sender: ADA, nonce: `nonce ${seq}` });
const said = (head) => ({ revision: 0, heads: new Map([[ADA, head], [BOB, "first"]]), device: { id: "laptop" } });

/** An order that counts how often it asks which of two heads is the older one. */
function counted(seen, places) {
  const asked = { count: 0 };
  const order = new RoomOrder((psychic, head) => {
    asked.count++;
    return HEADS.indexOf(head);
  }, seen, places);
  return { order, asked };
}

/** Every order of so few. */
function orders(all) {
  return all.length < 2 ? [all] : all.flatMap((one) => orders(all.filter((other) => other !== one)).map((rest) => [one, ...rest]));
}

test("whoever names an older state than what stands before is out of place, whatever was opened first", () => {
  const heads = { 1: "first", 2: "second", 3: "first", 4: "second", 5: "third" };
  for (const seqs of orders([1, 2, 3, 4, 5])) {
    const { order } = counted(), out = new Set();
    for (const seq of seqs) {
      const placed = order.place(message(seq), said(heads[seq]));
      if (!placed.ok) out.add(seq);
      for (const id of placed.refutes ?? []) out.add(id - 100);
    }
    assert.deepEqual([...out], [3], seqs.join(" "));
  }
});

test("of two that are one the first is the message, whichever was opened first", () => {
  const copy = { ...message(5), nonce: "nonce 2" };
  const { order } = counted();
  assert.deepEqual(order.place(copy, said("second")), { ok: true, refutes: [] });
  assert.deepEqual(order.place(message(2), said("second")), { ok: true, refutes: [copy.id] });
  for (const one of [copy, { ...copy, id: 106, seq: 6 }]) assert.deepEqual(order.place(one, said("second")), { ok: false, why: "replayed" });
  assert.ok(order.place(message(2), said("second")).ok, "and stays it");
});

test("what was opened before the page was left is noticed when it is shown again as another", () => {
  const { order: before } = counted();
  before.place(message(2), said("second"));
  const places = before.newPlaces(), place = { id: 102, seq: 2, sender: ADA, nonce: "nonce 2", device: "laptop" };
  assert.deepEqual(places, [place]);
  assert.deepEqual([before.know(places), before.newPlaces()], [[], []], "kept once");
  const copy = { ...message(5), nonce: "nonce 2" }, { order } = counted(before.seen(), structuredClone(places));
  assert.deepEqual(order.place(copy, said("second")), { ok: false, why: "replayed" }, "though the first is never shown here");
  for (const revision of [0, 1, 1]) assert.ok(order.place(message(2), { ...said("second"), revision }).ok, "itself, and edited");
  assert.ok(order.place({ ...message(6), nonce: "nonce 2", sender: BOB }, said("second")).ok, "a nonce is its sender's");
  assert.deepEqual(order.newPlaces().map(({ sender }) => sender), [BOB]);
});

test("what another tab has opened first makes a copy of what this one took for the message", () => {
  const { order } = counted(), copy = { ...message(5), nonce: "nonce 2" };
  order.place(copy, said("second"));
  assert.deepEqual(order.know([{ ...message(2), device: "laptop" }]), [copy.id]);
  assert.deepEqual(order.place(copy, said("second")), { ok: false, why: "replayed" });
  assert.deepEqual(order.newPlaces(), []);
});

test("a long room is opened from either end without holding each message against each other", () => {
  const count = 400, seqs = Array.from({ length: count }, (_, index) => index + 1);
  for (const some of [seqs, [...seqs].reverse()]) {
    const { order, asked } = counted();
    for (const seq of some) assert.ok(order.place(message(seq), said(seq > count / 2 ? "second" : "first")).ok);
    assert.ok(asked.count < count * 20, `${asked.count} questions`);
  }
});
