/* Files: sealed and opened chunk by chunk, so that none has to fit into memory.

     const { key, sealed } = await sealFile(file);                // of a Blob or a stream, a Blob
     for await (const part of openFile(response.body, key)) …     // throws Refused where a chunk is not what was sealed

   The number of a chunk and whether it is the last are in its nonce: none can be left out, moved, or cut off at the end. */

import { concat, random, utf8 } from "./bytes.js";
import { orRefuse } from "./refused.js";
import { AES_256_GCM } from "./suites.js";

/** @import { Bytes } from "./bytes.js" */

export const CHUNK_BYTES = 1024 * 1024;
const TAG_BYTES = 16;
const LABEL = utf8("mindnet file");

/** @typedef {ReadableStream<Uint8Array> | Blob} Source */

/**
 * Under a key of its own: chunks are numbered, so a key may seal one file only.
 * @param {Source} file
 */
export async function sealFile(file) {
  const key = random(AES_256_GCM.Nk);
  /** @type {Blob[]} */
  const chunks = [];
  // As blobs: a browser may keep those on the disk.
  for await (const chunk of sealChunks(file, key)) chunks.push(new Blob([chunk]));
  return { key, sealed: new Blob(chunks, { type: "application/octet-stream" }) };
}

/**
 * @param {Source} file
 * @param {Bytes} key
 */
export async function* sealChunks(file, key) {
  for await (const { chunk, index, isLast } of chunksOf(file, CHUNK_BYTES)) {
    yield AES_256_GCM.seal(key, nonceOf(index, isLast), LABEL, chunk);
  }
}

/**
 * @param {Source} sealed
 * @param {Bytes} key
 */
export async function* openFile(sealed, key) {
  for await (const { chunk, index, isLast } of chunksOf(sealed, CHUNK_BYTES + TAG_BYTES)) {
    yield openChunk(key, index, isLast, chunk);
  }
}

/**
 * One chunk of a sealed file, for who reads from the middle of it.
 * @param {Bytes} key
 * @param {number} index
 * @param {boolean} isLast
 * @param {Bytes} chunk with its tag
 */
export function openChunk(key, index, isLast, chunk) {
  return orRefuse("box", AES_256_GCM.open(key, nonceOf(index, isLast), LABEL, chunk));
}

/**
 * How many bytes a file of so many has sealed.
 * @param {number} size
 */
export function sealedSize(size) {
  return size + TAG_BYTES * Math.max(1, Math.ceil(size / CHUNK_BYTES));
}

/**
 * A chunk is given when it is known whether another follows. Of nothing there is one, and it is empty.
 * @param {Source} source
 * @param {number} size of a chunk, in bytes
 */
async function* chunksOf(source, size) {
  const reader = (source instanceof Blob ? source.stream() : source).getReader();
  /** @type {Uint8Array[]} */
  let parts = [];
  let length = 0, index = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      parts.push(read.value);
      length += read.value.length;
      if (length <= size) continue;
      const held = concat(...parts);
      let start = 0;
      for (; length - start > size; start += size) {
        yield { chunk: held.slice(start, start + size), index: index++, isLast: false };
      }
      parts = [held.subarray(start)];
      length -= start;
    }
    yield { chunk: concat(...parts), index, isLast: true };
  } finally {
    await reader.cancel();
  }
}

/**
 * @param {number} index
 * @param {boolean} isLast
 */
function nonceOf(index, isLast) {
  const nonce = new Uint8Array(AES_256_GCM.Nn);
  new DataView(nonce.buffer).setUint32(7, index);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
