/* The entries of the outbox, each under a key of its own, so that two tabs writing at once cannot overwrite each other.

   What has a file that no database keeps stands in memory with it: no other tab, and no later page, finds words whose
   files are gone. */

import { SteadyStorage } from "./storage.js";

/** @import { KeptStorage, OutboxEntry } from "./outbox.js" */

export class KeptEntries {
  #storage;
  #memory = new SteadyStorage(() => null);

  /**
   * @param {KeptStorage} storage
   * @param {string} prefix of the keys
   */
  constructor(storage, prefix) {
    this.#storage = storage;
    this.prefix = prefix;
  }

  /** Whether something would be gone with the page. */
  get isHolding() {
    return this.#memory.length > 0;
  }

  /** In the order in which they were written. */
  all() {
    /** @type {OutboxEntry[]} */
    const found = [];
    for (const storage of [this.#storage, this.#memory]) {
      for (let index = 0; index < storage.length; index++) {
        const key = storage.key(index);
        const text = key?.startsWith(this.prefix) && storage.getItem(key);
        if (text) found.push(JSON.parse(text));
      }
    }
    return found.sort((a, b) => a.order - b.order);
  }

  /**
   * @param {string} nonce
   * @returns {OutboxEntry | null}
   */
  get(nonce) {
    const key = this.prefix + nonce;
    const text = this.#memory.getItem(key) ?? this.#storage.getItem(key);
    return text === null ? null : JSON.parse(text);
  }

  /** @param {OutboxEntry} entry */
  put(entry) {
    const storage = entry.files?.some(({ unkept }) => unkept) ? this.#memory : this.#storage;
    this.remove(entry.nonce, storage);
    storage.setItem(this.prefix + entry.nonce, JSON.stringify(entry));
  }

  /**
   * @param {string} nonce
   * @param {KeptStorage} [except] where it stays
   */
  remove(nonce, except) {
    for (const storage of [this.#storage, this.#memory]) {
      if (storage !== except) storage.removeItem(this.prefix + nonce);
    }
  }
}
