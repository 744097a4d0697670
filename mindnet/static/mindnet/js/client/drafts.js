/* One unfinished text per room, kept through reloads; and, as a text, which files go with it. */

/** @import { KeptStorage } from "./outbox.js" */

export class Drafts {
  #storage;
  #prefix;

  /**
   * @param {Pick<KeptStorage, "getItem" | "setItem" | "removeItem">} storage
   * @param {number} owner a psychic's id
   * @param {"draft" | "files"} [kind]
   */
  constructor(storage, owner, kind = "draft") {
    this.#storage = storage;
    this.#prefix = `mindnet:${kind}:${owner}:`;
  }

  /** @param {number} room */
  get(room) {
    return this.#storage.getItem(this.#prefix + room) ?? "";
  }

  /**
   * @param {number} room
   * @param {string} text
   */
  set(room, text) {
    if (text.trim()) this.#storage.setItem(this.#prefix + room, text);
    else this.#storage.removeItem(this.#prefix + room);
  }
}
