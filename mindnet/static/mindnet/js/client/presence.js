/* People: who takes part in the open room and how they are, and how one is oneself.

   `People` is the list of a room. `Idle` notices five minutes without a sign of life and says so, once in each
   direction. `isMeditating` is what the composer asks before a message goes to somebody who will not hear it yet. */

import { Emitter } from "./emitter.js";

/** @import { Receipt } from "./events.js" */
/** @import { Message, Participant, Presence, PresenceCounts, Status } from "./shapes.js" */

/** @type {Record<Status, number>} */
const ORDER = { online: 0, meditating: 1, away: 2, offline: 3, invisible: 3 };

/** @extends {Emitter<{changed: [], receipts: []}>} */
export class People extends Emitter {
  /** @type {Map<number, Participant>} */
  #participants = new Map();

  /**
   * Where too many look at a room to name them, else null.
   * @type {PresenceCounts | null}
   */
  counts = null;

  /**
   * The whole list, as `room.enter` answers it.
   * @param {Participant[]} participants
   */
  set(participants) {
    this.counts = null;
    this.#participants = new Map(participants.map((one) => [one.psychic.id, one]));
    this.emit("changed");
  }

  /** @param {PresenceCounts} counts */
  setCounts(counts) {
    this.counts = counts;
    this.#participants.clear();
    this.emit("changed");
  }

  /** @param {Participant} participant */
  put(participant) {
    if (this.counts) return;
    this.#participants.set(participant.psychic.id, participant);
    this.emit("changed");
  }

  /** @param {Pick<Participant, "psychic">} participant */
  remove(participant) {
    this.#participants.delete(participant.psychic.id);
    this.emit("changed");
  }

  /**
   * `presence.changed`.
   * @param {Presence[]} psychics
   */
  change(psychics) {
    for (const psychic of psychics) {
      const one = this.#participants.get(psychic.id);
      if (one) this.#participants.set(psychic.id, { ...one, psychic });
    }
    this.emit("changed");
  }

  /**
   * `receipt.updated`. Watermarks only move forward.
   * @param {Receipt} receipt
   */
  receipt({ psychic, delivered_seq: delivered, read_seq: read }) {
    const one = this.#participants.get(psychic.id);
    if (!one) return;
    one.delivered_seq = Math.max(one.delivered_seq, delivered);
    one.read_seq = Math.max(one.read_seq, read);
    this.emit("receipts");
  }

  get count() {
    if (!this.counts) return this.#participants.size;
    const { online, away, meditating, offline } = this.counts;
    return online + away + meditating + offline;
  }

  /** @param {number} id */
  nameOf(id) {
    return this.#participants.get(id)?.psychic.username;
  }

  /** Those here first, then by name. */
  list() {
    return [...this.#participants.values()].sort((a, b) => ORDER[a.psychic.status] - ORDER[b.psychic.status]
      || a.psychic.username.localeCompare(b.psychic.username));
  }

  /** @param {number} exceptId */
  meditating(exceptId) {
    return this.list().map((one) => one.psychic).filter((one) => one.id !== exceptId && isMeditating(one));
  }

  /**
   * How far a message has come: how many it was delivered to, and how many have read it.
   * @param {Pick<Message, "sender" | "seq">} message
   */
  journey(message) {
    const others = [...this.#participants.values()].filter((one) => one.psychic.id !== message.sender.id);
    return {
      others: others.length,
      delivered: others.filter((one) => one.delivered_seq >= message.seq).length,
      read: others.filter((one) => one.read_seq >= message.seq).length,
    };
  }
}

/** @param {Presence} psychic */
export function isMeditating(psychic) {
  return psychic.status === "meditating";
}

/** @extends {Emitter<{changed: [isIdle: boolean]}>} */
export class Idle extends Emitter {
  #isIdle = false;
  #timer = 0;
  #seconds;

  constructor(seconds = Infinity) {
    super();
    this.#seconds = seconds;
  }

  get isIdle() {
    return this.#isIdle;
  }

  /** A sign of life. The first one begins the count. */
  alive() {
    clearTimeout(this.#timer);
    if (Number.isFinite(this.#seconds)) this.#timer = setTimeout(() => this.#change(true), this.#seconds * 1000);
    if (this.#isIdle) this.#change(false);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {boolean} isIdle */
  #change(isIdle) {
    this.#isIdle = isIdle;
    this.emit("changed", isIdle);
  }
}
