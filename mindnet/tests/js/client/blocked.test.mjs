/* Whom one has blocked does not count, from the moment on in which one does. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Blocked } from "../../../static/mindnet/js/client/blocked.js";
import { UnreadCounts } from "../../../static/mindnet/js/client/unread_counts.js";

const ME = { id: 1, status: "online" };

function message(seq, sender) {
  return { seq, changed_seq: seq, sender: { id: sender }, deleted: false, mentions: [] };
}

function counted(counts) {
  counts.count(12);
  return counts.sums.unread;
}

function entry({ kind = "open", unread = 0, last_seq: last = 0 } = {}) {
  return { id: 12, kind, last_seq: last, read_seq: 0, unread, mentions: 0, unread_from: null };
}

/** Counts over a room that a server keeps. */
function countsOf(blocked, held) {
  const learned = [];
  const fetchPage = async (_, { after }) => ({
    results: held.filter(({ seq }) => seq > after), last_seq: held.at(-1)?.seq ?? 0,
  });
  const counts = new UnreadCounts(ME, {
    opened: () => undefined, fetchPage, isLive: () => false, learned: (id) => learned.push(id),
  }, blocked);
  return { counts, learned };
}

test("what they write does not count, but for announcements", () => {
  for (const [kind, expected] of [["open", 1], ["private", 1], ["broadcast", 2]]) {
    const { counts } = countsOf(new Blocked([2]), []);
    counts.enter(entry({ kind }));
    counts.take(12, message(1, 2), 1);
    counts.take(12, message(2, 3), 2);
    assert.equal(counted(counts), expected, kind);
  }
});

test("blocking and unblocking count again what is unread", async () => {
  const blocked = new Blocked();
  const held = [message(1, 2), message(2, 3), message(3, 2)];
  const { counts } = countsOf(blocked, held);
  counts.enter(entry({ unread: 2, last_seq: 2 }));
  counts.take(12, held[2], 3);
  assert.equal(counted(counts), 3);
  for (const [ids, expected] of [[[2], 1], [[2, 3], 0], [[], 3]]) {
    blocked.set(ids);
    counted(counts);
    await new Promise((done) => setTimeout(done));
    assert.equal(counted(counts), expected, String(ids));
  }
});

test("the same list once more is no change", () => {
  const blocked = new Blocked([2, 3]);
  let changes = 0;
  blocked.on("changed", () => changes++);
  blocked.set([3, 2]);
  assert.equal(changes, 0);
  blocked.set([3]);
  assert.deepEqual([changes, blocked.has(2), blocked.has(3)], [1, false, true]);
});
