/* What messages answer and is not held: asked for by its id, once, and a few at a time.

     const quotes = new Quotes({ask: (id) => rest.message(id), take: (message) => rooms.stored(message)});
     quotes.want(88);

   What did not come because the server was not reached is asked for again the next time somebody wants it. */

import { RestError } from "./rest.js";

/** @import { Message } from "./shapes.js" */

// Two scrolls through a room full of answers must not stand in the way of its next page.
const AT_ONCE = 4;
// Those wanted longest ago are scrolled past; they are wanted again when they are drawn again.
const WAITING_MOST = 100;

export class Quotes {
  #ask;
  #take;
  #under = 0;
  /** @type {Set<number>} */
  #waiting = new Set();
  /** Under way, or answered. @type {Set<number>} */
  #asked = new Set();

  /** @param {{ask: (id: number) => Promise<Message>, take: (message: Message) => void}} options */
  constructor({ ask, take }) {
    this.#ask = ask;
    this.#take = take;
  }

  /** @param {number} id */
  want(id) {
    if (this.#asked.has(id)) return;
    this.#waiting.add(id);
    if (this.#waiting.size > WAITING_MOST) this.#waiting.delete(/** @type {number} */ ([...this.#waiting][0]));
    this.#next();
  }

  #next() {
    for (const id of this.#waiting) {
      if (this.#under >= AT_ONCE) return;
      this.#waiting.delete(id);
      this.#one(id);
    }
  }

  /** @param {number} id */
  async #one(id) {
    this.#asked.add(id);
    this.#under++;
    try {
      this.#take(await this.#ask(id));
    } catch (error) {
      // One that is not there is not there later either.
      if (!(error instanceof RestError && error.status === 404)) this.#asked.delete(id);
    } finally {
      this.#under--;
      this.#next();
    }
  }
}
