/* What the browser does not keep is held in memory, and said once. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Drafts } from "../../../static/mindnet/js/client/drafts.js";
import { Outbox } from "../../../static/mindnet/js/client/outbox.js";
import { SteadyStorage } from "../../../static/mindnet/js/client/storage.js";

/** As localStorage is: so many characters for everything, and then a QuotaExceededError. */
class Small {
  items = new Map();
  constructor(most) { this.most = most; }
  get length() { return this.items.size; }
  key(index) { return [...this.items.keys()][index] ?? null; }
  getItem(key) { return this.items.get(key) ?? null; }
  setItem(key, value) {
    const others = [...this.items].filter(([name]) => name !== key);
    const size = others.reduce((sum, [name, text]) => sum + name.length + text.length, key.length + value.length);
    if (size > this.most) throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    this.items.set(key, value);
  }
  removeItem(key) { this.items.delete(key); }
}

function refused() {
  throw new DOMException("Access is denied for this document.", "SecurityError");
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 10));
const keysOf = (storage) => Array.from({ length: storage.length }, (_, index) => storage.key(index));

for (const [name, open] of [["full", () => new Small(0)], ["refused", refused], ["missing", () => null]]) {
  test(`a message goes out and a draft is there where storage is ${name}`, async () => {
    const storage = new SteadyStorage(open);
    const sent = [];
    const send = async ({ content }) => { sent.push(content); };
    const outbox = new Outbox({ storage, owner: 1, send });
    new Drafts(storage, 1).set(12, "half a thought");
    outbox.add({ room: 12, content: "hello" });
    assert.deepEqual(outbox.entriesOf(12).map(({ content }) => content), ["hello"]);
    await settled();
    assert.deepEqual(sent, ["hello"]);
    assert.deepEqual(outbox.entries(), []);
    assert.equal(new Drafts(storage, 1).get(12), "half a thought");
  });
}

test("it is said once that nothing is kept, and not where everything is", () => {
  const said = [];
  const small = new SteadyStorage(() => new Small(6));
  small.on("unkept", () => said.push("small"));
  small.setItem("a", "12345");
  assert.deepEqual(said, []);
  assert.equal(small.isHolding, false);
  small.setItem("b", "12345");
  small.setItem("c", "12345");
  assert.deepEqual(said, ["small"]);
  assert.equal(small.isHolding, true);
});

test("what did not fit stands beside what did, each key once, and the newest counts", () => {
  const small = new Small(8);
  const storage = new SteadyStorage(() => small);
  storage.setItem("kept", "old");
  storage.setItem("held", "long text");
  assert.deepEqual(keysOf(storage).sort(), ["held", "kept"]);
  storage.setItem("kept", "much longer");
  assert.deepEqual(keysOf(storage).sort(), ["held", "kept"]);
  assert.equal(storage.getItem("kept"), "much longer");
  assert.equal(small.getItem("kept"), null, "a page loaded later must not find what is no longer true");
  storage.removeItem("held");
  assert.deepEqual(keysOf(storage), ["kept"]);
});

test("what fits again is kept again", () => {
  const small = new Small(4);
  const storage = new SteadyStorage(() => small);
  storage.setItem("key", "long");
  small.most = 100;
  storage.setItem("key", "longer");
  assert.equal(small.getItem("key"), "longer");
  assert.equal(storage.isHolding, false);
});

test("where the locks are refused with the storage, the outbox sends without", async () => {
  const locks = { request: async () => refused() };
  const sent = [];
  const outbox = new Outbox({
    storage: new SteadyStorage(refused), owner: 1, locks, send: async ({ content }) => { sent.push(content); },
  });
  outbox.add({ room: 12, content: "hello" });
  await settled();
  assert.deepEqual(sent, ["hello"]);
});
