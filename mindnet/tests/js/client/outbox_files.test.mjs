/* The outbox with files: they go first, words do not wait for them, and what was swept is brought once more. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { CommandError } from "../../../static/mindnet/js/client/connection.js";
import { Outbox } from "../../../static/mindnet/js/client/outbox.js";
import { SteadyStorage } from "../../../static/mindnet/js/client/storage.js";

const lost = { code: "connection_lost", detail: "lost" };
const settled = () => new Promise((resolve) => setTimeout(resolve, 10));
const file = (key, more = {}) => ({ key, nonce: key, name: `${key}.png`, type: "image/png", size: 5, ...more });

/** What navigator.locks does for each name. */
class Locks {
  #tails = new Map();
  request(name, work) {
    const result = (this.#tails.get(name) ?? Promise.resolve()).then(work);
    this.#tails.set(name, result.catch(() => {}));
    return result;
  }
}

/** Attachments by nonce, messages in order. `refusals` are thrown first, one an upload; `swept` forgets them all. At
    `gate` an upload stands, once so much of it has arrived. */
function makeServer({ refusals = [], gate = null, part = 0.5 } = {}) {
  const attachments = new Map();
  const stored = [];
  const asked = [];
  return {
    stored, asked,
    swept: () => attachments.clear(),
    async upload(entry, { nonce }, { signal, onProgress }) {
      asked.push(nonce);
      onProgress(part);
      if (gate) {
        await Promise.race([gate, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
      }
      if (signal.aborted) throw new CommandError({ code: "cancelled", detail: "" });
      const refusal = refusals.shift();
      if (refusal) throw new CommandError(refusal);
      attachments.set(nonce, { id: `id of ${nonce}` });
      return attachments.get(nonce);
    },
    async send({ content, files = [] }) {
      const ids = files.map(({ attachment }) => attachment.id);
      const known = [...attachments.values()].map(({ id }) => id);
      if (ids.some((id) => !known.includes(id))) {
        throw new CommandError({ code: "invalid_payload", detail: "attachments: There is no such attachment." });
      }
      stored.push({ content, ids });
      return { id: stored.length };
    },
  };
}

const makeOutbox = (server, storage = new SteadyStorage(() => null), locks = null) =>
  new Outbox({ storage, owner: 1, locks, send: server.send, upload: (...all) => server.upload(...all) });

test("files go first, each once, then the message that names them; and then nobody needs their bytes", async () => {
  const server = makeServer();
  const outbox = makeOutbox(server);
  const done = [], parts = [];
  outbox.on("done", (keys) => done.push(...keys));
  outbox.on("progress", ({ key }, part) => parts.push([key, part, outbox.partOf(key)]));
  outbox.add({ room: 12, content: "look", files: [file("a"), file("b")] });
  await settled();
  assert.deepEqual(server.stored, [{ content: "look", ids: ["id of a", "id of b"] }]);
  assert.deepEqual(parts, [["a", 0.5, 0.5], ["b", 0.5, 0.5]]);
  assert.deepEqual(done, ["a", "b"]);
  assert.deepEqual(outbox.entries(), []);
});

test("words overtake a file, and files keep their order", async () => {
  let open;
  const server = makeServer({ gate: new Promise((resolve) => (open = resolve)) });
  const outbox = makeOutbox(server);
  outbox.add({ room: 12, content: "", files: [file("film")] });
  outbox.add({ room: 12, content: "and this", files: [file("picture")] });
  outbox.add({ room: 12, content: "words" });
  await settled();
  assert.deepEqual(server.stored.map(({ content }) => content), ["words"]);
  open();
  await settled();
  assert.deepEqual(server.stored.map(({ content }) => content), ["words", "", "and this"]);
});

test("a later page goes on after the file that has arrived", async () => {
  const storage = new SteadyStorage(() => null);
  const server = makeServer({ refusals: [undefined, lost] });
  makeOutbox(server, storage).add({ room: 12, content: "", files: [file("a"), file("b")] });
  await settled();
  const after = makeOutbox(server, storage);
  assert.deepEqual(after.entries()[0].files.map(({ attachment }) => attachment?.id), ["id of a", undefined]);
  await after.flush();
  await settled();
  assert.deepEqual(server.asked, ["a", "b", "b"]);
  assert.deepEqual(server.stored, [{ content: "", ids: ["id of a", "id of b"] }]);
});

test("two tabs upload a file once", async () => {
  const server = makeServer();
  const storage = new SteadyStorage(() => null), locks = new Locks();
  const one = makeOutbox(server, storage, locks), two = makeOutbox(server, storage, locks);
  one.add({ room: 12, content: "", files: [file("a")] });
  two.heard(null);
  await settled();
  assert.deepEqual(server.asked, ["a"]);
  assert.equal(server.stored.length, 1);
});

test("an upload that broke off is tried again by itself, a refused one when asked to, under what name it needs", async () => {
  const server = makeServer({ refusals: [
    { ...lost, retry_after: 0.001 }, { code: "nonce_reused", detail: "Known as another." },
  ] });
  const outbox = makeOutbox(server);
  const { nonce } = outbox.add({ room: 12, content: "", files: [file("a")] });
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual(server.asked, ["a", "a"]);
  assert.deepEqual(outbox.entries().map(({ state, error }) => [state, error]), [["failed", "Known as another."]]);
  outbox.retry(nonce);
  await settled();
  assert.notEqual(server.asked[2], "a");
  assert.equal(server.stored.length, 1);
});

test("a refused file is named where there are several, and the rest goes without it", async () => {
  const server = makeServer({ refusals: [undefined, { code: "validation_error", detail: "It is empty." }] });
  const outbox = makeOutbox(server);
  const { nonce } = outbox.add({ room: 12, content: "", files: [file("a"), file("b")] });
  await settled();
  assert.equal(outbox.entries()[0].error, "b.png: It is empty.");
  outbox.leaveOut(nonce, "b");
  outbox.retry(nonce);
  await settled();
  assert.deepEqual(server.stored, [{ content: "", ids: ["id of a"] }]);
});

test("what is discarded stops, here and from another tab, and the next goes on", async () => {
  for (const discard of ["discard", "elsewhere"]) {
    const storage = new SteadyStorage(() => null);
    const server = makeServer({ gate: new Promise(() => {}) });
    const outbox = makeOutbox(server, storage);
    const { nonce } = outbox.add({ room: 12, content: "", files: [file("a")] });
    await settled();
    if (discard === "discard") outbox.discard(nonce);
    else makeOutbox(makeServer(), storage).discard(nonce);
    outbox.heard(null);
    outbox.add({ room: 12, content: "", files: [file("b")] });
    await settled();
    assert.deepEqual(server.asked, ["a", "b"]);
  }
});

test("what the server has of a file that no message takes is told, once", async () => {
  let open;
  const server = makeServer({ refusals: [undefined, undefined, { code: "muted", detail: "Not now." }] });
  const outbox = makeOutbox(server), left = [];
  outbox.on("left", (attachments) => left.push(attachments.map(({ id }) => id)));
  const { nonce } = outbox.add({ room: 12, content: "", files: [file("a"), file("b"), file("c")] });
  await settled();
  outbox.leaveOut(nonce, "a");
  outbox.leaveOut(nonce, "c");
  outbox.discard(nonce);
  outbox.discard(nonce);
  assert.deepEqual(left, [["id of a"], ["id of b"]]);

  // The server has all of it, and looks at it: what it says then is waited for.
  const slow = makeOutbox(makeServer({ gate: new Promise((resolve) => (open = resolve)), part: 1 }));
  slow.on("left", ([{ id }]) => left.push(id));
  slow.discard(slow.add({ room: 12, content: "", files: [file("d")] }).nonce);
  await settled();
  assert.equal(left.length, 2);
  slow.discard(slow.add({ room: 12, content: "", files: [file("e")] }).nonce);
  open();
  await settled();
  assert.deepEqual(left.slice(2), ["id of d"]);
});

test("what a moderator has keeps its files, and what one takes back is gone", async () => {
  const server = makeServer();
  const answers = [{ held: true, reason: "New here." }, { held: false, reason: "" }];
  server.send = async () => { throw new CommandError({ code: "muted", detail: "", ...answers.shift() }); };
  const outbox = makeOutbox(server), left = [];
  outbox.on("left", (attachments) => left.push(attachments));
  outbox.add({ room: 12, content: "", files: [file("a")] });
  await settled();
  assert.deepEqual(outbox.entries().map(({ state }) => state), ["held"]);
  await outbox.askAgain();
  assert.deepEqual([outbox.entries(), left], [[], []]);
});

test("files that the server has swept are brought once more, and only once", async () => {
  const server = makeServer();
  const { send } = server;
  const sweeps = [true, false, true, true];
  server.send = async (entry) => {
    if (sweeps.shift()) server.swept();
    return send(entry);
  };
  const outbox = makeOutbox(server);
  outbox.add({ room: 12, content: "", files: [file("a")] });
  await settled();
  assert.equal(server.asked.length, 2);
  assert.notEqual(server.asked[1], "a");
  assert.equal(server.stored.length, 1);
  outbox.add({ room: 12, content: "", files: [file("b")] });
  await settled();
  assert.deepEqual(outbox.entries().map(({ state }) => state), ["failed"]);
});

test("what no database keeps is found by no later page, and its page knows", async () => {
  const storage = new SteadyStorage(() => null);
  const server = makeServer({ gate: new Promise(() => {}) });
  const outbox = makeOutbox(server, storage);
  outbox.add({ room: 12, content: "", files: [file("a", { unkept: true })] });
  assert.equal(outbox.waiting, 1);
  assert.equal(outbox.isHolding, true);
  assert.deepEqual(makeOutbox(makeServer(), storage).entries(), []);
});
