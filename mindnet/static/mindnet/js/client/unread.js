/* How many messages of a room are unread, by the server's rule (messaging/sync.py): others' messages that are not
   deleted, above the number up to which one has read, without those of whom one has blocked; 1,000 means 1,000 or more.

     const unread = new Unread(entry, (id) => id !== me.id);   // an entry of hello
     unread.take(message, seq);                 // each numbered event, in order
     unread.readTo(57);
     unread.count;

   `hello` tells a sum and not which messages it is of; what comes afterwards is known one by one. Whoever reads on into
   the sum needs to know what lies there: `asksAfter` says from where on messages are wanted, and `learn` takes them.
   Messages are taken as they were at `head`: a later change has a number of its own, and is still to come. */

/** @import { Message, RoomEntry } from "./shapes.js" */

const MOST = 1000;

export class Unread {
  /** Everything up to this number has been counted. */
  head;
  #isHeard;
  #read;
  // Unread messages that are known one by one, by their numbers.
  /** @type {Set<number>} */
  #known = new Set();
  // The sum is of what lies above `from` and up to `to`.
  #from;
  #to;
  #sum;
  #isExact;
  // Whether a sum that is not exact has to be, since something was taken away from it.
  #isDoubtful = false;
  #findsFirst = false;
  // Messages of the sum that were deleted after it was made.
  /** @type {Set<number>} */
  #gone = new Set();

  /**
   * @param {Pick<RoomEntry, "last_seq" | "read_seq" | "unread">} entry
   * @param {(sender: number) => boolean} isHeard whose messages count: neither one's own nor those of whom one blocks
   */
  constructor({ last_seq: lastSeq, read_seq: read, unread }, isHeard) {
    this.#isHeard = isHeard;
    this.head = this.#to = lastSeq;
    this.#read = this.#from = read;
    this.#sum = unread;
    this.#isExact = unread < MOST;
  }

  get count() {
    const room = Math.max(0, this.#to - Math.max(this.#from, this.#read));
    return Math.min(MOST, this.#known.size + Math.min(this.#sum, room));
  }

  /** The number of the first unread message, where it is known. */
  get first() {
    let first = Infinity;
    for (const seq of this.#known) first = Math.min(first, seq);
    return Number.isFinite(first) && (first <= this.#from || this.#from >= this.#to) ? first : null;
  }

  /** Above this number the messages have to be seen before the count is right; null if it is. */
  get asksAfter() {
    if (this.#from >= this.#to) return null;
    if (this.#read > this.#from || (this.#isDoubtful && this.#known.size < MOST)) return this.#from;
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
    if (!this.#isHeard(message.sender.id) || message.seq <= this.#read) return;
    if (isNew && !message.deleted) this.#known.add(message.seq);
    // Deleting is the last thing that happens to a message, so it is taken away once.
    else if (!isNew && message.deleted) this.#drop(message.seq);
  }

  /**
   * Not everything up to this number comes as an event.
   * @param {number} lastSeq
   */
  gap(lastSeq) {
    if (lastSeq <= this.head) return;
    for (const seq of this.#known) {
      if (seq <= this.#to) continue;
      this.#known.delete(seq);
      this.#sum += 1;
    }
    this.head = this.#to = lastSeq;
    this.#isExact = false;
    this.#isDoubtful = true;
  }

  /**
   * Returns whether this is further than before.
   * @param {number} seq
   */
  readTo(seq) {
    if (seq <= this.#read) return false;
    this.#read = seq;
    for (const known of this.#known) if (known <= seq) this.#known.delete(known);
    if (seq >= this.#to) this.#close();
    else if (!this.#isExact) this.#isDoubtful = true;
    return true;
  }

  /** Whose messages count is another than before: what is unread has to be seen once more. */
  again() {
    const { count } = this;
    this.#known.clear();
    this.#from = this.#read;
    this.#to = this.head;
    this.#sum = count;
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
      if (message.seq <= this.#from || message.seq > end || !this.#isCounted(message)) continue;
      this.#sum -= 1;
      if (message.seq > this.#read) this.#known.add(message.seq);
    }
    this.#from = end;
    if (end === this.#to) this.#close();
  }

  /** @param {Message} message */
  #isCounted({ seq, changed_seq: changed, sender, deleted }) {
    return this.#isHeard(sender.id) && !this.#gone.has(seq) && !(deleted && changed <= this.head);
  }

  /** @param {number} seq */
  #drop(seq) {
    if (this.#known.delete(seq) || seq <= this.#from || seq > this.#to) return;
    this.#gone.add(seq);
    if (this.#isExact) this.#sum -= 1;
    else this.#isDoubtful = true;
  }

  /** Nothing is left that is known as a sum alone. */
  #close() {
    this.#from = this.#to;
    this.#sum = 0;
    this.#isExact = true;
    this.#isDoubtful = false;
    this.#gone.clear();
  }
}
