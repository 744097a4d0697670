/* How many messages of a room are unread, and how many of them mean oneself, by the server's rule (messaging/unread.py):
   others' messages that are not deleted, above the number up to which one has read, without those of whom one has
   blocked; 1,000 means 1,000 or more. Where one has set a marker below that number, read is what lies before the marker.

     const unread = new Unread(entry, {isHeard: (id) => id !== me.id, isMeant: ({mentions}) => mentions.includes(me.id)});
     unread.take(message, seq);                 // each numbered event, in order
     unread.read(57);                           // one has read up to here: that clears a marker it reaches
     unread.mark(50, {unread: 8, mentions: 1}); // what unread.updated says
     unread.count, unread.mentions;

   `hello` tells a sum and not which messages it is of; what comes afterwards is known one by one. Whoever reads on into
   the sum needs to know what lies there: `asksAfter` says from where on messages are wanted, and `learn` takes them.
   Messages are taken as they were at `head`: a later change has a number of its own, and is still to come.

   What `unread.updated` counts may be ahead of the numbered events or behind them, so it is a hint: where it says
   something else than what is known here, the messages are looked at. */

/** @import { Message, RoomEntry } from "./shapes.js" */

const MOST = 1000;

/**
 * Up to here it is read. A server of the release before says nothing of markers.
 * @param {Pick<RoomEntry, "read_seq"> & Partial<Pick<RoomEntry, "unread_from">>} entry
 */
export function readTo({ read_seq: read, unread_from: marker = null }) {
  return marker === null ? read : Math.min(read, marker - 1);
}

/**
 * @typedef {object} Taste
 * @property {(sender: number) => boolean} isHeard whose messages count: neither one's own nor those of whom one blocks
 * @property {(message: Pick<Message, "mentions">) => boolean} isMeant whether a message means oneself
 */

export class Unread {
  /** Everything up to this number has been counted. */
  head;
  #taste;
  #read;
  #marker;
  // Unread messages that are known one by one, by their numbers, and whether they mean oneself.
  /** @type {Map<number, boolean>} */
  #known = new Map();
  // The sums are of what lies above `from` and up to `to`.
  #from;
  #to;
  #sum;
  #sumMentions;
  #isExact;
  // Whether a sum has to be seen message by message, since it is not known what was taken away from it.
  #isDoubtful = false;
  #findsFirst = false;
  // Messages of the sum as they were corrected or deleted after it was made.
  /** @type {Map<number, Message>} */
  #later = new Map();

  /**
   * @param {Pick<RoomEntry, "last_seq" | "read_seq" | "unread"> & Partial<RoomEntry>} entry
   * @param {Taste} taste
   */
  constructor({ last_seq: lastSeq, read_seq: read, unread, mentions = 0, unread_from: marker = null }, taste) {
    this.#taste = taste;
    this.head = this.#to = lastSeq;
    this.#read = read;
    this.#marker = marker;
    this.#from = this.#readTo;
    this.#sum = unread;
    this.#sumMentions = mentions;
    this.#isExact = unread < MOST;
  }

  get #readTo() {
    return readTo({ read_seq: this.#read, unread_from: this.#marker });
  }

  get count() {
    return Math.min(MOST, this.#known.size + this.#left);
  }

  get mentions() {
    const known = [...this.#known.values()].filter(Boolean).length;
    return Math.min(MOST, known + Math.min(Math.max(0, this.#sumMentions), this.#left));
  }

  /** Of the sum, as far as one has not read on into it. */
  get #left() {
    return Math.min(this.#sum, Math.max(0, this.#to - Math.max(this.#from, this.#readTo)));
  }

  /** The number of the first unread message, where it is known. */
  get first() {
    let first = Infinity;
    for (const seq of this.#known.keys()) first = Math.min(first, seq);
    return Number.isFinite(first) && (first <= this.#from || this.#from >= this.#to) ? first : null;
  }

  /** Above this number the messages have to be seen before the count is right; null if it is. */
  get asksAfter() {
    if (this.#from >= this.#to) return null;
    if (this.#readTo > this.#from || (this.#isDoubtful && this.#known.size < MOST)) return this.#from;
    return this.#findsFirst && this.#sum > 0 && this.first === null ? this.#from : null;
  }

  /** From now on it shall be known where the first unread message is. */
  findFirst() {
    this.#findsFirst = true;
  }

  /**
   * Whether there is something to learn from what lies above `from` and up to `to`.
   * @param {number} from
   * @param {number} to
   */
  lacks(from, to) {
    return from <= this.#from && Math.min(to, this.#to) > this.#from;
  }

  /**
   * A numbered event. The offline queue brings what `hello` has counted already.
   * @param {Message} message
   * @param {number} number
   */
  take(message, number) {
    if (number <= this.head) return;
    const isNew = message.seq > this.head;
    this.head = number;
    if (!this.#taste.isHeard(message.sender.id) || message.seq <= this.#readTo) return;
    if (!isNew) this.#changed(message);
    else if (!message.deleted) this.#known.set(message.seq, this.#taste.isMeant(message));
  }

  /**
   * Corrected, deleted, or reacted to.
   * @param {Message} message
   */
  #changed(message) {
    const { seq, deleted } = message, isMeant = this.#taste.isMeant(message);
    if (deleted && this.#known.delete(seq)) return;
    if (this.#known.has(seq)) return void this.#known.set(seq, isMeant);
    if (seq <= this.#from || seq > this.#to || !(deleted || message.edited_at)) return;
    this.#later.set(seq, message);
    // Deleting is the last thing that happens to a message, so it is taken away once.
    if (deleted && this.#isExact) this.#sum -= 1;
    // Whether it has meant oneself before, or was among those that were counted, the sum does not say.
    if ((deleted && !this.#isExact) || isMeant || this.#sumMentions > 0) this.#isDoubtful = true;
  }

  /**
   * Not everything up to this number comes as an event.
   * @param {number} lastSeq
   */
  gap(lastSeq) {
    if (lastSeq <= this.head) return;
    for (const [seq, isMeant] of this.#known) {
      if (seq <= this.#to) continue;
      this.#known.delete(seq);
      this.#sum += 1;
      this.#sumMentions += Number(isMeant);
    }
    this.head = this.#to = lastSeq;
    this.#isExact = false;
    this.#isDoubtful = true;
  }

  /**
   * One has read up to here, and past a marker that is reached. Returns whether this is further than before.
   * @param {number} seq
   */
  read(seq) {
    const before = this.#readTo;
    if (this.#marker !== null && seq >= this.#marker) this.#marker = null;
    this.#read = Math.max(this.#read, seq);
    return this.#advance(before);
  }

  /**
   * The watermark has moved: a marker stays where it is, which the server says by itself.
   * @param {number} seq
   */
  confirmed(seq) {
    const before = this.#readTo;
    this.#read = Math.max(this.#read, seq);
    return this.#advance(before);
  }

  /**
   * The marker as it is now, and what that makes unread.
   * @param {number | null} marker
   * @param {Pick<RoomEntry, "unread" | "mentions">} counts
   */
  mark(marker, { unread, mentions }) {
    const before = this.#readTo;
    this.#marker = marker;
    this.#advance(before);
    if (this.#readTo < before || this.count !== unread || this.mentions !== mentions) this.#look(unread, mentions);
  }

  /** @param {number} before up to where it was read */
  #advance(before) {
    const read = this.#readTo;
    if (read <= before) return false;
    for (const seq of this.#known.keys()) if (seq <= read) this.#known.delete(seq);
    if (read >= this.#to) this.#close();
    else if (!this.#isExact) this.#isDoubtful = true;
    return true;
  }

  /** Whose messages count is another than before: what is unread has to be seen once more. */
  again() {
    this.#look(this.count, this.mentions);
  }

  /**
   * What is unread has to be seen message by message; these numbers stand until then.
   * @param {number} unread
   * @param {number} mentions
   */
  #look(unread, mentions) {
    this.#known.clear();
    this.#from = this.#readTo;
    this.#to = this.head;
    this.#sum = unread;
    this.#sumMentions = mentions;
    this.#isExact = false;
    this.#isDoubtful = true;
  }

  /**
   * All messages above `from` and up to `to`.
   * @param {Message[]} messages
   * @param {number} from
   * @param {number} to
   */
  learn(messages, from, to) {
    if (!this.lacks(from, to)) return;
    const end = Math.min(to, this.#to);
    for (const message of messages) {
      if (message.seq > this.#from && message.seq <= end) this.#learnOne(this.#newest(message));
    }
    this.#from = end;
    if (end === this.#to) this.#close();
  }

  /** @param {Message} message */
  #learnOne({ seq, changed_seq: changed, sender, deleted, mentions }) {
    if (!this.#taste.isHeard(sender.id) || (deleted && changed <= this.head)) return;
    const isMeant = this.#taste.isMeant({ mentions });
    this.#sum -= 1;
    this.#sumMentions -= Number(isMeant);
    if (seq > this.#readTo) this.#known.set(seq, isMeant);
  }

  /**
   * What was asked for may be older than what has come since.
   * @param {Message} message
   */
  #newest(message) {
    const later = this.#later.get(message.seq);
    return later && later.changed_seq > message.changed_seq ? later : message;
  }

  /** Nothing is left that is known as a sum alone. */
  #close() {
    this.#from = this.#to;
    this.#sum = this.#sumMentions = 0;
    this.#isExact = true;
    this.#isDoubtful = false;
    this.#later.clear();
  }
}
