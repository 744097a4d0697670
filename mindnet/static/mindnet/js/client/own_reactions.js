/* Whether one has reacted oneself. A message names the first 100 an emoji, and is the same for everybody; who is not among
   them remembers by the replies to their own commands. What is remembered goes with the page: giving a reaction again
   that is given already changes nothing, and is remembered then. */

import { bare, isSameEmoji } from "./text.js";

/** @import { Message, Psychic } from "./shapes.js" */

export class OwnReactions {
  /** Those given, as "id emoji". @type {Set<string>} */
  #given = new Set();
  #me;

  /** @param {Pick<Psychic, "id">} me */
  constructor(me) {
    this.#me = me;
  }

  /**
   * What the server has carried out.
   * @param {number} id
   * @param {string} emoji
   * @param {boolean} on
   */
  note(id, emoji, on) {
    if (on) this.#given.add(`${id} ${bare(emoji)}`);
    else this.#given.delete(`${id} ${bare(emoji)}`);
  }

  /**
   * @param {Pick<Message, "id" | "reactions" | "reaction_counts">} message
   * @param {string} emoji
   */
  has({ id, reactions, reaction_counts: counts }, emoji) {
    const given = Object.keys(reactions).find((one) => isSameEmoji(one, emoji)) ?? emoji;
    const named = reactions[given] ?? [];
    if (named.includes(this.#me.id)) return true;
    const areAllNamed = (counts?.[given] ?? 0) <= named.length;
    return !areAllNamed && this.#given.has(`${id} ${bare(given)}`);
  }
}
