/* Brings the files of outbox entries to the server, one after another and in the order in which they were written.

   Emits `loaded` when an entry has all its files there, and may be sent; `failed` when the server has refused one for
   good; `refused` for that and for what passes by itself, which is tried again; `left` with what has arrived and is not
   wanted any more. */

import { CommandError } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Lane } from "./lane.js";

/** @import { KeptEntries } from "./kept_entries.js" */
/** @import { Locks } from "./lane.js" */
/** @import { OutboxEntry, OutboxFile } from "./outbox.js" */
/** @import { Attachment } from "./shapes.js" */
/** @import { Following } from "./uploads.js" */

// What has to wait longer than this is said to have failed, so that one knows.
const LONGEST_WAIT_SECONDS = 300;

/** @typedef {(entry: OutboxEntry, file: OutboxFile, following: Following) => Promise<Attachment>} Upload */

/**
 * @extends {Emitter<{
 *   loaded: [], changed: [], progress: [OutboxFile, number], left: [Attachment],
 *   refused: [OutboxEntry, CommandError], failed: [OutboxEntry, CommandError, OutboxFile],
 * }>}
 */
export class Freight extends Emitter {
  #entries;
  #upload;
  #lane;
  /** @type {{nonce: string, key: string, part: number, controller: AbortController} | null} */
  #loading = null;

  /** @param {{name: string, entries: KeptEntries, upload: Upload, locks: Locks | null}} options */
  constructor({ name, entries, upload, locks }) {
    super();
    this.#entries = entries;
    this.#upload = upload;
    this.#lane = new Lane(name, () => this.#uploadAll(), locks);
  }

  run() {
    if (this.#entries.all().some(isLoading)) this.#lane.run();
  }

  /**
   * How far a file has come, 0 to 1; null of one that is not on its way from here.
   * @param {string} key
   */
  partOf(key) {
    return this.#loading?.key === key ? this.#loading.part : null;
  }

  /**
   * What has arrived as a whole is not broken off: only its answer says what is to be taken away.
   * @param {string[]} keys of files that are not wanted any more
   */
  cancel(keys) {
    if (this.#loading && this.#loading.part < 1 && keys.includes(this.#loading.key)) this.#loading.controller.abort();
  }

  /** Another tab may have discarded what is on its way here. */
  cancelDiscarded() {
    if (!this.#loading) return;
    const { nonce, key } = this.#loading;
    if (!this.#entries.get(nonce)?.files?.some((file) => file.key === key)) this.cancel([key]);
  }

  async #uploadAll() {
    for (const { nonce } of this.#entries.all().filter(isLoading)) {
      // Going on after a passing refusal would put later messages before earlier ones.
      if (await this.#uploadFilesOf(nonce) === "pause") return;
      this.emit("loaded");
    }
  }

  /**
   * Looked up anew for each of its files: meanwhile it may be discarded, or go without one of them.
   * @param {string} nonce
   */
  async #uploadFilesOf(nonce) {
    for (let entry; (entry = this.#entries.get(nonce)) && isLoading(entry);) {
      const file = entry.files?.find(({ attachment }) => !attachment);
      if (file && await this.#uploadOne(entry, file) === "pause") return "pause";
    }
    return "done";
  }

  /**
   * @param {OutboxEntry} entry
   * @param {OutboxFile} file
   */
  async #uploadOne(entry, file) {
    const controller = new AbortController();
    const loading = this.#loading = { nonce: entry.nonce, key: file.key, part: 0, controller };
    const onProgress = (/** @type {number} */ part) => {
      loading.part = part;
      this.emit("progress", file, part);
    };
    try {
      this.#uploaded(entry, file, await this.#upload(entry, file, { signal: controller.signal, onProgress }));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.code !== "cancelled") return this.#refused(entry, error, file);
    } finally {
      this.#loading = null;
    }
    this.emit("changed");
    return "done";
  }

  /**
   * @param {OutboxEntry} entry
   * @param {OutboxFile} file
   * @param {Attachment} attachment
   */
  #uploaded({ nonce }, { key }, attachment) {
    const entry = this.#entries.get(nonce);
    if (!entry?.files?.some((file) => file.key === key)) return this.emit("left", attachment);
    const files = entry.files.map((file) => (file.key === key ? { ...file, attachment } : file));
    this.#entries.put({ ...entry, files });
  }

  /**
   * @param {OutboxEntry} entry
   * @param {CommandError} error
   * @param {OutboxFile} file
   */
  #refused(entry, error, file) {
    this.emit("refused", entry, error);
    if (isPassing(error)) {
      // Of a connection that is not there the next one tells: then there is no time to wait for.
      if (error.code !== "connection_lost" || error.retry_after !== undefined) {
        this.#lane.runIn(error.retry_after);
      }
      return "pause";
    }
    this.emit("failed", entry, error, file);
    this.emit("changed");
    return "done";
  }
}

/**
 * Whether a message waits for its files.
 * @param {OutboxEntry} entry
 */
export function isLoading({ state, files }) {
  return state === "waiting" && (files ?? []).some(({ attachment }) => !attachment);
}

/** @param {CommandError} error */
function isPassing(error) {
  const { retry_after: seconds = 0 } = error;
  return error.isOfSignIn || (error.isPassing && seconds <= LONGEST_WAIT_SECONDS);
}
