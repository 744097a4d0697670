/* The people of the open room: the list beside the messages, and how far one's own messages have come to them. */

import { People } from "../client/presence.js";
import { batched, find, h } from "./dom.js";
import { drawCounts, drawPeople } from "./people.js";

// Above this many, watermarks of the others are not pushed: nothing could be said truly.
const RECEIPTS_UP_TO = 50;

export class RoomPeople {
  #people = new People();
  #kind;
  #onDrawn;
  #onReceipts;

  /** `onDrawn(people)` after the list was drawn; `onReceipts(words)` with a function from a message to its receipt. */
  constructor(kind, { onDrawn, onReceipts }) {
    this.#kind = kind;
    this.#onDrawn = onDrawn;
    this.#onReceipts = onReceipts;
    this.#people.on("changed", batched(() => this.#draw()));
    this.#people.on("receipts", batched(() => this.drawReceipts()));
  }

  /** Everybody, or how many are how where too many look at the room to name them. */
  set({ participants, counts }) {
    if (counts) this.#people.setCounts(counts);
    else this.#people.set(participants);
  }

  /** An event about a participant. Returns false where it needs the list that only room.enter gives. */
  take(type, payload) {
    if (type === "presence.changed") return this.#presence(payload);
    if (type === "receipt.updated") this.#people.receipt(payload);
    else if (type === "participant.left") this.#people.remove(payload);
    else if (type === "participant.joined" || type === "participant.updated") this.#people.put(payload);
    return true;
  }

  /** From outside nobody sees who is here, nor how they are. */
  close() {
    this.#people.set([]);
    find("[data-people]").replaceChildren(h("li", { class: "muted" }, "You are not in this room any more."));
    find("[data-people-count]").textContent = "";
  }

  /** Who is in, those here first; nobody where too many look at the room to name them. */
  psychics() {
    return this.#people.list().map(({ psychic }) => psychic);
  }

  nameOf(id) {
    return this.#people.nameOf(id);
  }

  drawReceipts() {
    if (this.#kind !== "broadcast") this.#onReceipts((message) => this.#journeyWords(message));
  }

  #presence({ changes, counts }) {
    if (counts) this.#people.setCounts(counts);
    // Few enough again to be named: changes need the list they change.
    else if (this.#people.counts) return false;
    else this.#people.change(changes);
    return true;
  }

  #draw() {
    if (!this.#people.count) return;
    const { counts } = this.#people;
    if (counts) drawCounts(find("[data-people]"), counts);
    else drawPeople(find("[data-people]"), this.#people.list());
    find("[data-people-count]").textContent = String(this.#people.count);
    this.#onDrawn(this.#people);
    this.drawReceipts();
  }

  #journeyWords(message) {
    const { others, delivered, read } = this.#people.journey(message);
    if (!others || this.#people.count > RECEIPTS_UP_TO) return " · stored";
    if (this.#kind === "private") return read ? " · read" : delivered ? " · delivered" : " · stored";
    if (read) return ` · read by ${read === others && others > 1 ? "all" : read}`;
    return delivered ? ` · delivered to ${delivered}` : " · stored";
  }
}
