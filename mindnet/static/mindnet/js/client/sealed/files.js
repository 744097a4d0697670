/* Files: sealed and opened chunk by chunk, so that none has to fit into memory.

     const { key, sealed } = await sealFile(file);                // `sealed` is a Blob
     for await (const part of openFile(response.body, key)) …     // throws Refused where a chunk is not what was sealed

   The number of a chunk and whether it is the last are in its nonce: none can be left out, moved, or cut off at the end. */

import { concat, random, utf8 } from "./bytes.js";
import { orRefuse, refuse } from "./refused.js";
import { AES_256_GCM } from "./suites.js";

/** @import { Bytes } from "./bytes.js" */

export const CHUNK_BYTES = 1024 * 1024;
const TAG_BYTES = 16;
const LABEL = utf8("mindnet file");

/**
 * Under a key of its own: chunks are numbered, so a key may seal one file only.
 * @param {Blob} file
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
 * @param {Blob} file
 * @param {Bytes} key
 */
export async function* sealChunks(file, key) {
  const count = Math.max(1, Math.ceil(file.size / CHUNK_BYTES));
  for (let index = 0; index < count; index++) {
    const chunk = file.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    yield AES_256_GCM.seal(key, nonceOf(index, index === count - 1), LABEL, new Uint8Array(await chunk.arrayBuffer()));
  }
}

/**
 * @param {ReadableStream<Uint8Array> | Blob} source
 * @param {Bytes} key
 */
export async function* openFile(source, key) {
  const stream = source instanceof Blob ? source.stream() : source;
  let index = 0;
  for await (const { chunk, isLast } of chunksOf(stream)) yield openChunk(key, index++, isLast, chunk);
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
 * A chunk is given when it is known whether another follows.
 * @param {ReadableStream<Uint8Array>} stream
 */
async function* chunksOf(stream) {
  const whole = CHUNK_BYTES + TAG_BYTES, reader = stream.getReader();
  /** @type {Uint8Array[]} */
  let parts = [];
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      parts.push(read.value);
      length += read.value.length;
      if (length <= whole) continue;
      const held = concat(...parts);
      let start = 0;
      for (; length - start > whole; start += whole) yield { chunk: held.slice(start, start + whole), isLast: false };
      parts = [held.subarray(start)];
      length -= start;
    }
    if (length < TAG_BYTES) refuse("box");
    yield { chunk: concat(...parts), isLast: true };
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
