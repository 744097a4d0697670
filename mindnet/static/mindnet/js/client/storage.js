/* A storage that always works: what the browser does not keep is held in memory, for as long as the page is there.

     const storage = new SteadyStorage(() => localStorage);
     storage.on("unkept", () => …);        // something is held here only; once in the life of the page

   Storage is full sooner than one thinks, since everything of a site shares a few megabytes, and it may be refused
   altogether: then the very name throws. Writing must go on in both cases. What was not kept is tried again whenever it
   is set again. */

import { Emitter } from "./emitter.js";

/** @import { KeptStorage } from "./outbox.js" */

/**
 * @extends {Emitter<{unkept: []}>}
 * @implements {KeptStorage}
 */
export class SteadyStorage extends Emitter {
  /** @type {KeptStorage | null} */
  #kept = null;
  /** @type {Map<string, string>} */
  #held = new Map();
  #hasSaid = false;

  /** @param {() => KeptStorage | null} open names the storage, and may throw */
  constructor(open) {
    super();
    this.#kept = attempt(open, null);
  }

  /** Whether something would be gone with the page. */
  get isHolding() {
    return this.#held.size > 0;
  }

  get length() {
    return this.#keptLength + this.#held.size;
  }

  /** @param {number} index */
  key(index) {
    const kept = this.#keptLength;
    if (index >= kept) return [...this.#held.keys()][index - kept] ?? null;
    return attempt(() => this.#kept?.key(index) ?? null, null);
  }

  /** @param {string} key */
  getItem(key) {
    return this.#held.get(key) ?? attempt(() => this.#kept?.getItem(key) ?? null, null);
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    if (this.#keep(key, value)) return void this.#held.delete(key);
    // What was kept under this key is no longer true, and one key is counted once.
    this.removeItem(key);
    this.#held.set(key, value);
    if (this.#hasSaid) return;
    this.#hasSaid = true;
    this.emit("unkept");
  }

  /** @param {string} key */
  removeItem(key) {
    this.#held.delete(key);
    attempt(() => this.#kept?.removeItem(key), undefined);
  }

  get #keptLength() {
    return attempt(() => this.#kept?.length ?? 0, 0);
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  #keep(key, value) {
    return attempt(() => {
      this.#kept?.setItem(key, value);
      return this.#kept !== null;
    }, false);
  }
}

/**
 * A storage may throw at any touch, also when it is switched off while the page is open.
 * @template Value
 * @param {() => Value} work
 * @param {Value} otherwise
 * @returns {Value}
 */
function attempt(work, otherwise) {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
