/* Files come back as they were, or not at all. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { CHUNK_BYTES, openChunk, openFile, sealedSize, sealFile }
  from "../../../../static/mindnet/js/client/sealed/files.js";

const SEALED = CHUNK_BYTES + 16;
const patterned = (size) => Uint8Array.from({ length: size }, (_, index) => index % 251);

async function read(source, key) {
  const parts = [];
  for await (const part of openFile(source, key)) parts.push(part);
  return Buffer.concat(parts);
}

/** As a response comes: in pieces that know nothing of chunks. */
const trickling = (blob, piece) => new ReadableStream({
  async start(controller) {
    for (let at = 0; at < blob.size; at += piece) {
      controller.enqueue(new Uint8Array(await blob.slice(at, at + piece).arrayBuffer()));
    }
    controller.close();
  },
});

for (const size of [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES]) {
  test(`${size} bytes come back as they were`, async () => {
    const plain = patterned(size), { key, sealed } = await sealFile(new Blob([plain]));
    assert.equal(sealed.size, sealedSize(size));
    assert.ok((await read(sealed, key)).equals(plain));
    assert.ok((await read(trickling(sealed, 700_001), key)).equals(plain));
    const streamed = await sealFile(trickling(new Blob([plain]), 700_001));
    assert.ok((await read(streamed.sealed, streamed.key)).equals(plain));
  });
}

test("no chunk can be left out, moved, altered, or taken from another file", async () => {
  const plain = new Blob([patterned(2 * CHUNK_BYTES + 5)]);
  const [{ key, sealed }, other] = [await sealFile(plain), await sealFile(plain)];
  const [first, second, last] = [0, 1, 2].map((index) => sealed.slice(index * SEALED, (index + 1) * SEALED));
  const broken = { "the end cut off": [first, second], "the end cut short": [first, second, last.slice(0, -1)],
    "the beginning left out": [second, last], "two swapped": [second, first, last], "one twice": [first, first, second, last],
    "something behind it": [first, second, last, new Blob(["x"])], nothing: [],
    "another's chunk": [first, other.sealed.slice(SEALED, 2 * SEALED), last],
    "a bit": [first, second, new Blob([new Uint8Array(await last.arrayBuffer()).map((byte, at) => at === 2 ? byte ^ 1 : byte)])] };
  for (const [how, chunks] of Object.entries(broken)) {
    await assert.rejects(read(new Blob(chunks), key), { name: "Refused", why: "box" }, how);
  }
  assert.ok((await read(new Blob([first, second, last]), key)).length);
});

test("a chunk can be read alone, as a player does that jumps", async () => {
  const { key, sealed } = await sealFile(new Blob([patterned(CHUNK_BYTES + 9)]));
  const chunk = new Uint8Array(await sealed.slice(SEALED).arrayBuffer());
  assert.deepEqual(await openChunk(key, 1, true, chunk), patterned(CHUNK_BYTES + 9).slice(CHUNK_BYTES));
  await assert.rejects(openChunk(key, 1, false, chunk), { why: "box" });
});

test("each file has a key of its own", async () => {
  const [one, other] = await Promise.all([1, 2].map(() => sealFile(new Blob(["the same"]))));
  assert.notDeepEqual(one.key, other.key);
});
