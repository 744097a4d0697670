/* The mind-links of this page's psychic, sealed: brought where there is one, see client.js. */

import { MindLink } from "./mind_link.js";

/** @import { Keys } from "./mind_link.js" */
/** @import { Off } from "./opened_messages.js" */
/** @import { OpenRoom } from "./open_room.js" */
/** @import { Rest } from "./rest.js" */
/** @import { Rooms } from "./rooms.js" */
/** @import { Message, Psychic } from "./shapes.js" */

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
   * @param {Rooms} options.rooms
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

  /**
   * Has an open room seal and open what is said there.
   * @param {OpenRoom} room
   * @param {Psychic} other
   */
  sealIn(room, other) {
    const link = this.linkOf(room.id, other), { rooms } = this.#options;
    link.on("opened", (ids) => rooms.emit("messages", room, ids.filter((id) => room.messages.has(id))));
    room.link = link;
    return link;
  }

  /**
   * A message was deleted, or has become too old: nothing of it stays.
   * @param {Message} message
   */
  forget(message) {
    this.#links.get(message.room)?.forget(message);
  }

  /**
   * A message of the other of a mind-link, as it is shown; raises where it cannot be opened here.
   * @param {Message} message
   */
  async opened(message) {
    const link = this.linkOf(message.room, message.sender);
    await link.open([message]);
    const shown = link.asShown(message);
    if (!shown.is_opened) throw new Error("It cannot be opened here.");
    return shown;
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
