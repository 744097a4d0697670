/* The page of a mind-link: what seals and opens there is brought with the first of them (private_room.js). */

import { drawAbout } from "./room_drawn.js";

export class RoomLink {
  #link;
  #parts;
  /** @type {Promise<any> | null} */
  #bringing = null;
  #wasLive = false;

  /** `link` as the server says it: {other, is_sealed}. `parts`: {client, room, context, lock(words), redraw(), isJoined}. */
  constructor(link, parts) {
    this.#link = link;
    this.#parts = parts;
    this.#bring().catch(() => {});
    // What could not be brought is wanted again with the next connection.
    parts.client.connection.on("state", ({ name }) => name === "live" && this.#live());
    // Either of the two sets after how long messages disappear: the other is to see it.
    parts.client.rooms.on("event", (type, { id }) => type === "room.updated" && id === parts.room.id && drawAbout(id));
  }

  /** What the outbox keeps of a message that is written here now. */
  get ofEntry() {
    const { other, is_sealed: isSealed } = this.#link, standing = this.#parts.room.link?.standing.name ?? "unknown";
    return { other, isSealed: standing === "unknown" ? isSealed : standing !== "plain" };
  }

  /** Files of the outbox, with what their message says of them. */
  async ready(files) {
    const view = await import("./private_room.js").catch(() => null);
    // The outbox says so, and keeps the words that go with them.
    return view ? view.measured(files, await this.#parts.client.files()) : files;
  }

  async #live() {
    if (this.#wasLive) drawAbout(this.#parts.room.id);
    this.#wasLive = true;
    (await this.#bring().catch(() => null))?.refresh();
  }

  #bring() {
    this.#bringing ??= this.#bringOnce().catch((error) => {
      this.#bringing = null;
      throw error;
    });
    return this.#bringing;
  }

  async #bringOnce() {
    const { PrivateRoom } = await import("./private_room.js");
    const sealing = await this.#parts.client.sealing();
    return new PrivateRoom(sealing.sealIn(this.#parts.room, this.#link.other), this.#parts);
  }
}
