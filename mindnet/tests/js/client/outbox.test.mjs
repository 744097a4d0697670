/* The outbox: order, retries under one nonce, two tabs, what stays and what goes. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { CommandError } from "../../../static/mindnet/js/client/connection.js";
import { newNonce, Outbox } from "../../../static/mindnet/js/client/outbox.js";

/** What localStorage is, in memory: one instance stands for one browser. */
class Storage {
  #items = new Map();
  get length() { return this.#items.size; }
  key(i) { return [...this.#items.keys()][i] ?? null; }
  getItem(key) { return this.#items.get(key) ?? null; }
  setItem(key, value) { this.#items.set(key, String(value)); }
  removeItem(key) { this.#items.delete(key); }
}

/** What navigator.locks does for one name. */
class Locks {
  #tail = Promise.resolve();
  request(_name, work) {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }
}

/** Stores a nonce once, like the server. `answers` are thrown first, one a call. */
function makeServer(answers = []) {
  const stored = [];
  const asked = [];
  const send = async ({ nonce, content }) => {
    asked.push(nonce);
    const answer = answers.shift();
    if (answer) throw new CommandError(answer);
    const duplicate = stored.some((one) => one.nonce === nonce);
    if (!duplicate) stored.push({ nonce, content });
    return { id: stored.length, duplicate };
  };
  return { send, stored, asked };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 10));
const lost = { code: "connection_lost", detail: "lost" };

test("what is written goes out in order and leaves the outbox", async () => {
  const server = makeServer();
  const outbox = new Outbox({ storage: new Storage(), owner: 1, send: server.send });
  for (let i = 0; i < 25; i++) outbox.add({ room: 12, content: `n${i}` });
  await settled();
  assert.deepEqual(server.stored.map(({ content }) => content), Array.from({ length: 25 }, (_, i) => `n${i}`));
  assert.deepEqual(outbox.entries(), []);
});

test("a lost answer is asked for again under the same nonce", async () => {
  const server = makeServer([lost]);
  const outbox = new Outbox({ storage: new Storage(), owner: 1, send: server.send });
  const { nonce } = outbox.add({ room: 12, content: "once" });
  await settled();
  assert.equal(outbox.waiting, 1);
  await outbox.flush();
  assert.deepEqual(server.asked, [nonce, nonce]);
  assert.equal(outbox.waiting, 0);
});

test("a new page finds what the old one could not send", async () => {
  const storage = new Storage();
  const before = new Outbox({ storage, owner: 1, send: makeServer([lost]).send });
  before.add({ room: 12, content: "from before" });
  await settled();
  const server = makeServer();
  await new Outbox({ storage, owner: 1, send: server.send }).flush();
  assert.deepEqual(server.stored.map(({ content }) => content), ["from before"]);
});

test("another account of the same browser sees nothing of it", async () => {
  const storage = new Storage();
  new Outbox({ storage, owner: 1, send: makeServer([lost]).send }).add({ room: 12, content: "mine" });
  const server = makeServer();
  const other = new Outbox({ storage, owner: 11, send: server.send });
  await other.flush();
  assert.deepEqual(other.entries(), []);
  assert.deepEqual(server.stored, []);
});

test("two tabs that flush at once send each message once", async () => {
  const storage = new Storage();
  const locks = new Locks();
  const server = makeServer([lost]);
  const one = new Outbox({ storage, owner: 1, send: server.send, locks });
  const two = new Outbox({ storage, owner: 1, send: server.send, locks });
  one.add({ room: 12, content: "shared" });
  await settled();
  await Promise.all([one.flush(), two.flush()]);
  assert.equal(server.asked.length, 2);
  assert.equal(server.stored.length, 1);
});

test("a refusal keeps the message with its reason until it is tried again or discarded", async () => {
  const server = makeServer([{ code: "muted", detail: "You are muted." }, { code: "muted", detail: "You are muted." }]);
  const outbox = new Outbox({ storage: new Storage(), owner: 1, send: server.send });
  const { nonce } = outbox.add({ room: 12, content: "please" });
  const gone = outbox.add({ room: 12, content: "never mind" });
  await settled();
  const states = outbox.entries().map(({ state, error }) => [state, error]);
  assert.deepEqual(states, [["failed", "You are muted."], ["failed", "You are muted."]]);
  outbox.discard(gone.nonce);
  outbox.retry(nonce);
  await settled();
  assert.deepEqual(server.stored, [{ nonce, content: "please" }]);
  assert.deepEqual(outbox.entries(), []);
});

test("a nonce the server knows with another text gets a new one on trying again", async () => {
  const server = makeServer([{ code: "nonce_reused", detail: "Known with another text." }]);
  const outbox = new Outbox({ storage: new Storage(), owner: 1, send: server.send });
  const { nonce } = outbox.add({ room: 12, content: "x" });
  await settled();
  outbox.retry(nonce);
  await settled();
  assert.notEqual(server.stored[0].nonce, nonce);
  assert.deepEqual(outbox.entries(), []);
});

test("being too fast is waited out, and later messages do not overtake", async () => {
  const server = makeServer([{ code: "rate_limited", detail: "Slowly.", retry_after: 0.02 }]);
  const outbox = new Outbox({ storage: new Storage(), owner: 1, send: server.send });
  outbox.add({ room: 12, content: "first" });
  await settled();
  outbox.add({ room: 12, content: "second" });
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(server.stored.map(({ content }) => content), ["first", "second"]);
});

test("too much urgency has failed, and holds up nothing else", async () => {
  const server = makeServer([{ code: "rate_limited", detail: "Too often.", retry_after: 900 }]);
  const outbox = new Outbox({ storage: new Storage(), owner: 1, send: server.send });
  outbox.add({ room: 12, content: "now!", urgent: true, urgent_reason: "because" });
  outbox.add({ room: 12, content: "by the way" });
  await settled();
  assert.deepEqual(server.stored.map(({ content }) => content), ["by the way"]);
  const [{ state, urgent_reason: reason }] = outbox.entries();
  assert.deepEqual([state, reason], ["failed", "because"]);
});

test("nonces are UUIDs of version 4 and differ", () => {
  const nonces = Array.from({ length: 100 }, newNonce);
  assert.equal(new Set(nonces).size, 100);
  for (const nonce of nonces) {
    assert.match(nonce, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
