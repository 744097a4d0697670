/* The files of messages on their way out: kept until the server has them, and brought there.

     const kept = await files.keep(file);               // what an entry of the outbox says of it
     const attachment = await files.upload(12, kept, {signal, onProgress});
     await files.drop([kept.key]);                      // once nobody needs it

   `key` names the bytes in this browser, `nonce` the upload: sent anew, a file has another nonce and the same bytes. */

import { CommandError } from "./connection.js";
import { newNonce } from "./outbox.js";

/** @import { Blobs } from "./blobs.js" */
/** @import { OutboxFile } from "./outbox.js" */
/** @import { Following, Uploads } from "./uploads.js" */

// What was chosen and never sent is a draft; after so long it is none any more.
const DRAFT_MS = 7 * 86_400_000;

export class Files {
  #blobs;
  #uploads;

  /**
   * @param {Blobs} blobs
   * @param {Uploads} uploads
   */
  constructor(blobs, uploads) {
    this.#blobs = blobs;
    this.#uploads = uploads;
  }

  /**
   * @param {File} file
   * @returns {Promise<OutboxFile>}
   */
  async keep(file) {
    const key = newNonce();
    const isKept = await this.#blobs.keep(key, file);
    const said = { key, nonce: key, name: file.name, type: file.type, size: file.size };
    return isKept ? said : { ...said, unkept: true };
  }

  /** @param {string} key */
  get(key) {
    return this.#blobs.get(key);
  }

  /** @param {string[]} keys */
  drop(keys) {
    return this.#blobs.drop(keys);
  }

  /**
   * Takes away what no entry names any more.
   * @param {OutboxFile[]} named
   */
  sweep(named) {
    return this.#blobs.sweep(new Set(named.map(({ key }) => key)), Date.now() - DRAFT_MS);
  }

  /**
   * @param {number} room
   * @param {OutboxFile} file
   * @param {Following} [following]
   * @param {(blob: Blob) => Promise<{name: string, blob: Blob}>} [seal] gives what is uploaded instead
   */
  async upload(room, file, following, seal) {
    const blob = await this.#blobs.get(file.key);
    if (!blob) {
      throw new CommandError({ code: "file_gone", detail: "This browser no longer has the file. Choose it again." });
    }
    if (!seal) return this.#uploads.send(room, file, blob, following);
    const { name, blob: sealed } = await seal(blob);
    return this.#uploads.send(room, { nonce: file.nonce, name }, sealed, following);
  }
}
