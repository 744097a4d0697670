/* One room that is open: its messages, and up to which number all of them are held.

   A room counts its changes. `head` is the number up to which everything is held. After `hello` every change above
   `liveFrom` arrives by itself; what lies between the two is asked for with `sync`, see rooms.js. A message is kept if
   its `changed_seq` is higher than the one held, so it does not matter in which order the two ways deliver, or how
   often. */

/** @import { Message } from "./shapes.js" */

export class OpenRoom {
  /** By id. @type {Map<number, Message>} */
  messages = new Map();
  /** The ids of messages by their nonces. @type {Map<string, number>} */
  nonces = new Map();
  head = 0;
  first = Infinity; // messages below this number are not shown yet
  liveFrom = 0;
  liveHead = 0;
  isSyncing = false;
  /** Under which epoch of `hello` the numbers were given. @type {string | undefined} */
  epoch = undefined;
  /** The server has been set back to a backup since: what is held counts for nothing until it is asked for anew. */
  isVoid = false;

  /** @param {number} id */
  constructor(id) {
    this.id = id;
  }

  get isComplete() {
    return !this.isVoid && this.head >= this.liveFrom;
  }

  /**
   * The rule. Returns whether the message was news.
   * @param {Message} message
   */
  keep(message) {
    const held = this.messages.get(message.id);
    if (held && held.changed_seq >= message.changed_seq) return false;
    this.messages.set(message.id, message);
    this.nonces.set(message.nonce, message.id);
    return true;
  }

  /** @param {Message[]} messages */
  keepAll(messages) {
    return messages.filter((message) => this.keep(message)).map((message) => message.id);
  }

  /**
   * Takes a page of messages; they and all newer ones are shown from now on.
   * @param {Message[]} messages
   */
  takePage(messages) {
    const ids = this.keepAll(messages);
    if (messages.length) this.first = Math.min(this.first, messages[0].seq);
    return ids;
  }

  /**
   * A numbered event. Returns whether numbers are missing before it.
   * @param {number} seq
   */
  advance(seq) {
    const gap = seq > this.liveHead + 1;
    this.liveHead = Math.max(this.liveHead, seq);
    if (gap) this.liveFrom = this.liveHead;
    else if (this.isComplete) this.head = Math.max(this.head, this.liveHead);
    return gap;
  }

  /**
   * `hello` says under which epoch numbers are given from now on.
   * @param {string} epoch
   */
  under(epoch) {
    if (this.epoch === undefined) this.epoch = epoch;
    this.isVoid = this.epoch !== epoch;
  }

  /** @param {number} lastSeq */
  live(lastSeq) {
    this.liveFrom = lastSeq;
    this.liveHead = lastSeq;
  }

  /** @param {number} seq */
  synced(seq) {
    this.head = Math.max(this.head, seq);
    if (this.isComplete) this.head = Math.max(this.head, this.liveHead);
  }

  /** @param {string | undefined} epoch of what is taken next */
  forget(epoch) {
    this.epoch = epoch;
    this.isVoid = false;
    this.messages.clear();
    this.nonces.clear();
    this.first = Infinity;
    this.head = 0;
  }

  /** Shown messages, oldest first. */
  shown() {
    return [...this.messages.values()].filter(({ seq }) => seq >= this.first).sort((a, b) => a.seq - b.seq);
  }
}
