/* One room that is open: its messages, and up to which number all of them are held.

   A room counts its changes. `head` is the number up to which everything is held. After `hello` every change above
   `liveFrom` arrives by itself; what lies between the two is asked for with `sync`, see rooms.js. A message is kept if
   its `changed_seq` is higher than the one held, so it does not matter in which order the two ways deliver, or how
   often. */

/** @import { MindLink } from "./mind_link.js" */
/** @import { Shown } from "./opened_messages.js" */
/** @import { Message } from "./shapes.js" */

export class OpenRoom {
  /** By id. @type {Map<number, Message>} */
  messages = new Map();
  /** The ids of messages by their nonces. @type {Map<string, number>} */
  nonces = new Map();
  /** What the held ones answer, by id. @type {Set<number>} */
  answered = new Set();
  head = 0;
  first = Infinity; // messages below this number are not shown yet
  last = Infinity; // nor are those above this one, where the end is out of sight
  liveFrom = 0;
  liveHead = 0;
  isSyncing = false;
  /** Under which epoch of `hello` the numbers were given. @type {string | undefined} */
  epoch = undefined;
  /** The server has been set back to a backup since: what is held counts for nothing until it is asked for anew. */
  isVoid = false;
  /** What seals and opens here, in a mind-link. @type {MindLink | null} */
  link = null;

  /** @param {number} id */
  constructor(id) {
    this.id = id;
  }

  /** Whether what is shown goes on to the newest message. */
  get reachesEnd() {
    return this.last === Infinity;
  }

  /** @param {Pick<Message, "seq">} message */
  isShown({ seq }) {
    return seq >= this.first && seq <= this.last;
  }

  /**
   * Whether something of a message may be seen: itself, or what those say of it that answer it.
   * @param {Pick<Message, "seq" | "id">} message
   */
  isDrawn(message) {
    return this.isShown(message) || this.answered.has(message.id);
  }

  /**
   * A message as it is drawn: what is sealed is opened for view.
   * @param {Message} message
   * @returns {Shown}
   */
  asShown(message) {
    return this.link ? this.link.asShown(message) : message;
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
    if (message.deleted) this.link?.forget(message);
    this.messages.set(message.id, message);
    this.nonces.set(message.nonce, message.id);
    if (message.reply_to) this.answered.add(message.reply_to);
    return true;
  }

  /** @param {Message[]} messages */
  keepAll(messages) {
    return messages.filter((message) => this.keep(message)).map((message) => message.id);
  }

  /**
   * Takes a page of messages; they and what was shown below them are shown from now on.
   * @param {Message[]} messages
   */
  takePage(messages) {
    const ids = this.keepAll(messages);
    if (messages.length) this.first = Math.min(this.first, messages[0].seq);
    return ids;
  }

  /**
   * Shows a page, and of the others only those that follow the newest.
   * @param {Message[]} messages
   * @param {boolean} hasNewer
   */
  show(messages, hasNewer) {
    this.keepAll(messages);
    // An empty room is shown from its beginning.
    this.first = messages[0]?.seq ?? 0;
    this.endAt(messages, hasNewer);
  }

  /**
   * @param {Message[]} messages the page that is shown last
   * @param {boolean} hasNewer
   */
  endAt(messages, hasNewer) {
    this.last = hasNewer ? messages.at(-1)?.seq ?? this.last : Infinity;
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
    this.link?.forgetAll();
    this.messages.clear();
    this.nonces.clear();
    this.answered.clear();
    this.first = this.last = Infinity;
    this.head = 0;
  }

  /** Shown messages, oldest first. */
  shown() {
    return [...this.messages.values()].filter((message) => this.isShown(message)).sort((a, b) => a.seq - b.seq);
  }
}
