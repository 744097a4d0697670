/* The mind-links of this page's psychic, sealed: brought where there is one, see client.js. */

import { MindLink } from "./mind_link.js";

/** @import { Keys } from "./mind_link.js" */
/** @import { Off } from "./opened_messages.js" */
/** @import { Rest } from "./rest.js" */
/** @import { Psychic } from "./shapes.js" */

export class Sealing {
  #options;
  /** @type {Map<number, MindLink>} */
  #links = new Map();
  /** @type {Promise<Keys> | null} */
  #keyring = null;

  /**
   * @param {object} options
   * @param {Psychic} options.me
   * @param {Rest} options.rest
   * @param {Off | null} options.off why nothing can be sealed in this page
   * @param {() => Promise<Keys>} options.openKeyring
   * @param {(url: string) => Promise<Response>} options.fetchFile
   */
  constructor(options) {
    this.#options = options;
  }

  /** Why nothing can be sealed or opened in this page, or null. */
  get off() {
    return this.#options.off;
  }

  /**
   * @param {number} room
   * @param {Psychic} other
   */
  linkOf(room, other) {
    const held = this.#links.get(room);
    if (held) return held;
    const { me, off, fetchFile } = this.#options;
    const link = new MindLink({
      room, me, other, off,
      keyring: () => this.#openKeyring(),
      askDevices: async () => ({ me: await this.#hasDevices(me), other: await this.#hasDevices(other) }),
      fetchFile,
    });
    this.#links.set(room, link);
    return link;
  }

  /** Once; after a failure the next call tries again. */
  #openKeyring() {
    this.#keyring ??= this.#options.openKeyring().catch((error) => {
      this.#keyring = null;
      throw error;
    });
    return this.#keyring;
  }

  /** @param {Psychic} psychic */
  async #hasDevices({ username }) {
    const { devices } = await this.#options.rest.getJson(`/psychics/${encodeURIComponent(username)}/devices`);
    return devices.length > 0;
  }
}
