/* Whom one has blocked. A room says the same to everybody in it, so the client leaves out what comes from them.

     const blocked = new Blocked(data.blocked);
     blocked.has(7);
     blocked.on("changed", () => …);

   Announcements in everyone's room are the house's: `hides` lets them through, whoever has written them. */

import { Emitter } from "./emitter.js";

/** @extends {Emitter<{changed: []}>} */
export class Blocked extends Emitter {
  /** @type {Set<number>} */
  #ids;

  /** @param {number[]} ids */
  constructor(ids = []) {
    super();
    this.#ids = new Set(ids);
  }

  /** @param {number} id */
  has(id) {
    return this.#ids.has(id);
  }

  /**
   * Whether what somebody says in a room of this kind is left out.
   * @param {{id: number}} sender
   * @param {string | undefined} kind
   */
  hides({ id }, kind) {
    return kind !== "broadcast" && this.#ids.has(id);
  }

  /**
   * All of them, as the server tells them now.
   * @param {number[]} ids
   */
  set(ids) {
    if (ids.length === this.#ids.size && ids.every((id) => this.#ids.has(id))) return;
    this.#ids = new Set(ids);
    this.emit("changed");
  }
}
