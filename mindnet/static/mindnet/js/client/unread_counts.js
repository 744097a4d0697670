/* The unread counts of all rooms, and asking for what they lack: see unread.js. What is read, and where a marker stands,
   is kept in the entries, too.

   What an open room holds is taken from there; else a page of messages is fetched, as often as needed. */

import { Unread } from "./unread.js";

/** @import { Blocked } from "./blocked.js" */
/** @import { OpenRoom } from "./open_room.js" */
/** @import { UnreadChange } from "./events.js" */
/** @import { MessagePage } from "./rest.js" */
/** @import { Message, Presence, RoomEntry } from "./shapes.js" */

// Messages asked for at a time: the most that a page holds.
const PAGE = 100;
const RETRY_SECONDS = 2;

/**
 * @typedef {object} Source where messages are to be had
 * @property {(id: number) => OpenRoom | undefined} opened
 * @property {(id: number, params: Record<string, number>) => Promise<MessagePage>} fetchPage
 * @property {() => boolean} isLive whether asking again is worth it before the next hello
 * @property {(id: number) => void} learned a count is another than before
 */

export class UnreadCounts {
  #me;
  #source;
  #blocked;
  /** @type {Map<number, Unread>} */
  #rooms = new Map();
  /** @type {Map<number, RoomEntry>} */
  #entries = new Map();
  /** What is being asked for now. @type {Set<Unread>} */
  #learning = new Set();

  /**
   * @param {Pick<Presence, "id" | "status">} me
   * @param {Source} source
   * @param {Blocked} blocked
   */
  constructor(me, source, blocked) {
    this.#me = me;
    this.#source = source;
    this.#blocked = blocked;
    blocked.on("changed", () => this.#again());
  }

  /** @param {RoomEntry} entry */
  enter(entry) {
    const isHeard = (/** @type {number} */ id) => id !== this.#me.id && !this.#blocked.hides({ id }, entry.kind);
    const isMeant = (/** @type {{mentions: number[]}} */ { mentions }) => mentions.includes(this.#me.id);
    this.#rooms.set(entry.id, new Unread(entry, { isHeard, isMeant }));
    this.#entries.set(entry.id, entry);
  }

  /** Whose messages count has changed. */
  #again() {
    for (const [id, unread] of this.#rooms) {
      unread.again();
      this.#source.learned(id);
    }
  }

  /** @param {number} id */
  leave(id) {
    this.#rooms.delete(id);
    this.#entries.delete(id);
  }

  clear() {
    this.#rooms.clear();
    this.#entries.clear();
  }

  /**
   * A numbered event.
   * @param {number} id
   * @param {Message} message
   * @param {number} number
   */
  take(id, message, number) {
    this.#rooms.get(id)?.take(message, number);
  }

  /**
   * @param {number} id
   * @param {number} lastSeq
   */
  gap(id, lastSeq) {
    this.#rooms.get(id)?.gap(lastSeq);
  }

  /**
   * One has read up to here.
   * @param {number} id
   * @param {number} seq
   */
  read(id, seq) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.read_seq = Math.max(entry.read_seq, seq);
    if (entry.unread_from !== null && seq >= entry.unread_from) entry.unread_from = null;
    if (this.#rooms.get(id)?.read(seq)) this.#source.learned(id);
  }

  /**
   * The server has the watermark up to here. What that did to a marker it says by itself.
   * @param {number} id
   * @param {number} seq
   */
  confirmed(id, seq) {
    const entry = this.#entries.get(id);
    if (!entry || seq <= entry.read_seq) return;
    entry.read_seq = seq;
    if (this.#rooms.get(id)?.confirmed(seq)) this.#source.learned(id);
  }

  /**
   * What the server says is unread. Returns whether the marker is another than before.
   * @param {UnreadChange} change
   */
  mark({ room: id, unread_from: marker, unread, mentions }) {
    const entry = this.#entries.get(id), isMoved = entry !== undefined && entry.unread_from !== marker;
    if (entry) entry.unread_from = marker;
    this.#rooms.get(id)?.mark(marker, { unread, mentions });
    this.#source.learned(id);
    return isMoved;
  }

  /**
   * Has a room's entry say what is known now; what is lacking for it is asked for. Returns whether it says something else.
   * @param {number} id
   */
  count(id) {
    const room = this.#rooms.get(id), entry = this.#entries.get(id);
    if (!room || !entry) return false;
    if (room.asksAfter !== null) this.#learnFromOpen(id, room);
    if (room.asksAfter !== null) this.#learn(id, room);
    const { count: unread, mentions } = room;
    const isNew = entry.unread !== unread || entry.mentions !== mentions;
    Object.assign(entry, { unread, mentions });
    return isNew;
  }

  /** Of all rooms together. */
  get sums() {
    const sums = { unread: 0, mentions: 0 };
    for (const { unread, mentions } of this.#entries.values()) {
      sums.unread += unread;
      sums.mentions += mentions;
    }
    return sums;
  }

  /**
   * The number of a room's first unread message, null as long as it is not known: then it is asked for.
   * @param {number} id
   */
  first(id) {
    const unread = this.#rooms.get(id);
    if (!unread) return null;
    this.#learnFromOpen(id, unread);
    unread.findFirst();
    if (unread.asksAfter !== null) this.#learn(id, unread);
    return unread.first;
  }

  /**
   * @param {number} id
   * @param {Unread} unread
   */
  #learnFromOpen(id, unread) {
    const room = this.#source.opened(id);
    if (!room?.isComplete || room.head < unread.head) return;
    const upTo = room.reachesEnd ? room.head : room.last;
    if (unread.lacks(room.first - 1, upTo)) unread.learn(room.shown(), room.first - 1, upTo);
  }

  /**
   * @param {number} id
   * @param {Unread} unread
   */
  async #learn(id, unread) {
    // Who meditates is not to be reached, not even by what their own page would ask for.
    if (this.#learning.has(unread) || this.#me.status === "meditating") return;
    this.#learning.add(unread);
    try {
      for (let after; (after = unread.asksAfter) !== null && this.#rooms.get(id) === unread;) {
        const page = await this.#source.fetchPage(id, { after, limit: PAGE });
        const upTo = page.results[PAGE - 1]?.seq ?? page.last_seq;
        // A server that does not get further has no more.
        unread.learn(page.results, after, upTo > after ? upTo : Infinity);
        this.#source.learned(id);
      }
    } catch {
      // With the next hello everything is counted anew; until then it is worth another try in a moment.
      if (this.#source.isLive()) setTimeout(() => this.#learn(id, unread), RETRY_SECONDS * 1000);
    } finally {
      this.#learning.delete(unread);
    }
  }
}
