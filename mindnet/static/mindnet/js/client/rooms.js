/* What this page knows about rooms: the entries of `hello`, and the messages of the room that is open.

     const rooms = new Rooms(connection, me, {fetchPage});
     const room = rooms.open(12, {messages, last_seq});   // from the page, or nothing yet
     rooms.on("messages", (room, ids) => …);              // these were added or have changed
     rooms.on("reset", (room) => …);                      // what was held is no longer true; draw anew
     rooms.on("complete", (room) => …);                   // nothing is missing up to this moment
     rooms.on("restored", () => …);                       // the server was set back: numbers held count for nothing
     rooms.on("entries", () => …);                        // a room came, went (see "removed"), or its counts changed
     rooms.on("marked", (id) => …);                       // a marker "unread from here" was set, here or elsewhere

   After `hello` every change arrives by itself; what lies between that and what a room holds is asked for with `sync`.
   What the numbers of a room mean stands in open_room.js. */

import { Blocked } from "./blocked.js";
import { Emitter } from "./emitter.js";
import { seenBy } from "./links.js";
import { OpenRoom } from "./open_room.js";
import { readTo } from "./unread.js";
import { UnreadCounts } from "./unread_counts.js";

/** @import { Connection } from "./connection.js" */
/** @import { Hello, News, NumberedEvent, Receipt, RoomGap, RoomRemoval, ServerEvent, UnreadChange } from "./events.js" */
/** @import { MessagePage } from "./rest.js" */
/** @import { Message, Participant, Presence, Room, RoomEntry } from "./shapes.js" */

// After so many missed changes the page where one goes on reading is fetched instead of every message in between.
const REFETCH_ABOVE = 900;
const RETRY_SECONDS = 2;

/** @typedef {(room: number, params: Record<string, number>) => Promise<MessagePage>} FetchPage */
/** @typedef {Pick<RoomRemoval, "room"> & Partial<RoomRemoval>} Removal without a reason where nobody told it */

/**
 * @typedef {{
 *   messages: [OpenRoom, ids: number[]],
 *   reset: [OpenRoom],
 *   complete: [OpenRoom],
 *   entries: [],
 *   restored: [],
 *   added: [RoomEntry],
 *   removed: [Removal],
 *   marked: [id: number],
 *   delivered: [id: number, seq: number],
 *   urgent: [Message, reason: string],
 *   event: News,
 * }} RoomsEvents
 */

/** @extends {Emitter<RoomsEvents>} */
export class Rooms extends Emitter {
  /** @type {Map<number, RoomEntry>} */
  entries = new Map();
  /** @type {Map<number, OpenRoom>} */
  opened = new Map();
  #connection;
  #me;
  #fetchPage;
  /** @type {string | undefined} */
  #epoch = undefined;
  // Rooms whose offline queue arrived without a gap: what it held has reached this device.
  /** @type {Map<number, {upTo: number, gap: boolean}>} */
  #queued = new Map();
  counts;

  /**
   * @param {Connection} connection
   * @param {Pick<Presence, "id" | "username" | "status">} me
   * @param {{entries?: RoomEntry[], blocked?: Blocked, fetchPage: FetchPage}} options
   */
  constructor(connection, me, { entries = [], blocked = new Blocked(), fetchPage }) {
    super();
    this.#connection = connection;
    this.#me = me;
    this.#fetchPage = fetchPage;
    this.counts = new UnreadCounts(me, {
      opened: (id) => this.opened.get(id),
      fetchPage,
      isLive: () => connection.isLive,
      learned: (id) => this.#count(id),
    }, blocked);
    for (const entry of entries) this.#enter(entry);
    connection.on("hello", (hello) => this.#hello(hello));
    connection.on("event", (event) => this.#event(event));
  }

  /**
   * @param {number} id
   * @param {{messages?: Message[], quoted?: Message[], last_seq?: number, has_newer?: boolean}} held by the page
   */
  open(id, { messages = [], quoted = [], last_seq: head = 0, has_newer: hasNewer = false } = {}) {
    const room = new OpenRoom(id);
    room.keepAll(quoted);
    room.show(messages, hasNewer);
    room.head = head;
    this.opened.set(id, room);
    return room;
  }

  /**
   * Older messages above what is shown. Returns how many came: fewer than asked for means that there are no more.
   * @param {OpenRoom} room
   */
  async loadOlder(room, limit = 50) {
    const { first } = room;
    const page = await this.#fetchPage(room.id, { before: first, limit });
    if (room.first !== first) return limit; // meanwhile something else is shown
    room.takePage(page.results);
    const ids = room.shown().filter(({ seq }) => seq < first).map(({ id }) => id);
    if (ids.length) this.emit("messages", room, ids);
    return page.results.length;
  }

  /**
   * Newer messages below what is shown, where that does not reach the end.
   * @param {OpenRoom} room
   */
  async loadNewer(room, limit = 50) {
    const { last } = room;
    const page = await this.#fetchPage(room.id, { after: last, limit });
    if (room.last !== last) return; // meanwhile something else is shown
    room.keepAll(page.results);
    room.endAt(page.results, Boolean(page.next));
    const ids = room.shown().filter(({ seq }) => seq > last).map(({ id }) => id);
    if (ids.length) this.emit("messages", room, ids);
  }

  /**
   * Shows the newest page, whatever lies between that and what was shown.
   * @param {OpenRoom} room
   */
  async showNewest(room) {
    this.#show(room, await this.#fetchPage(room.id, {}));
  }

  /**
   * Shows where what is unread begins.
   * @param {OpenRoom} room
   */
  async showUnread(room) {
    this.#show(room, await this.#fetchPage(room.id, this.#whereUnread(room.id)));
  }

  /**
   * Shows what lies around a number.
   * @param {OpenRoom} room
   * @param {number} seq
   */
  async showAround(room, seq) {
    this.#show(room, await this.#fetchPage(room.id, { around: seq }));
  }

  /**
   * @param {OpenRoom} room
   * @param {MessagePage} page
   */
  #show(room, { results, next }) {
    room.show(results, Boolean(next));
    this.emit("reset", room);
  }

  /**
   * The page around the first unread message, or the newest.
   * @param {number} id
   * @returns {Record<string, number>}
   */
  #whereUnread(id) {
    const entry = this.entries.get(id);
    return entry?.unread ? { around: this.firstUnread(id) ?? readTo(entry) + 1 } : {};
  }

  /**
   * The number of a room's first unread message, null as long as it is not known: then it is asked for.
   * @param {number} id
   */
  firstUnread(id) {
    return this.counts.first(id);
  }

  /**
   * A message that came as a reply: to sending, changing or asking for it.
   * @param {Message} message
   */
  stored(message) {
    const room = this.opened.get(message.room);
    if (room?.keep(message)) this.emit("messages", room, [message.id]);
  }

  /**
   * Up to here this psychic has read, and past a marker that is reached.
   * @param {number} id
   * @param {number} seq
   */
  markRead(id, seq) {
    this.counts.read(id, seq);
  }

  /** @param {UnreadChange} change */
  #marked(change) {
    if (!this.counts.mark(change)) return;
    if (change.unread_from !== null) this.emit("marked", change.room);
    this.emit("entries");
  }

  /** @param {RoomEntry} entry */
  #enter(entry) {
    const own = seenBy(entry, this.#me.username);
    this.entries.set(entry.id, own);
    this.counts.enter(own);
  }

  /** @param {number} id */
  #count(id) {
    if (this.counts.count(id)) this.emit("entries");
  }

  /** @param {Hello} hello */
  #hello({ rooms, epoch }) {
    const before = this.entries;
    if (this.#epoch !== undefined && this.#epoch !== epoch) this.emit("restored");
    this.#epoch = epoch;
    this.entries = new Map();
    this.counts.clear();
    for (const entry of rooms) this.#enter(entry);
    this.#queued = new Map(rooms.map((entry) => [entry.id, { upTo: entry.last_seq, gap: false }]));
    for (const room of this.opened.values()) {
      const entry = this.entries.get(room.id);
      // Taken out while the link was down: the event that said so went to nobody.
      if (!entry && before.has(room.id)) this.emit("removed", { room: room.id });
      if (!entry) continue;
      room.under(epoch);
      room.live(entry.last_seq);
      this.#catchUp(room);
    }
    this.emit("entries");
  }

  /** @param {ServerEvent} event */
  #event(event) {
    const room = event.room === undefined ? undefined : this.opened.get(event.room);
    if (event.type === "message.created" || event.type === "message.updated") this.#message(event);
    else if (event.type === "message.urgent") this.#urgent(event.payload, event.reason);
    else if (event.type === "room.gap") this.#gap(event.payload);
    else if (event.type === "room.added") this.#added(event.payload);
    else if (event.type === "room.removed") this.#removed(event.payload);
    else if (event.type === "room.updated") this.#updated(event.payload);
    else if (event.type === "participant.updated") this.#renamed(event.payload);
    else if (event.type === "receipt.updated") this.#receipt(event.payload);
    else if (event.type === "unread.updated") this.#marked(event.payload);
    if (room) this.emit("event", .../** @type {News} */ ([event.type, event.payload]));
  }

  /** @param {Receipt} receipt */
  #receipt({ room, psychic, read_seq: read }) {
    if (psychic.id === this.#me.id) this.counts.confirmed(room, read);
  }

  /** @param {NumberedEvent} event */
  #message({ room: id, seq, payload: message }) {
    const entry = this.entries.get(id);
    if (entry) entry.last_seq = Math.max(entry.last_seq, seq);
    const room = this.opened.get(id);
    if (room) {
      const isNews = room.keep(message);
      if (isNews && room.isDrawn(message)) this.emit("messages", room, [message.id]);
      if (room.advance(seq)) this.#catchUp(room);
      else if (room.isComplete) this.emit("complete", room);
    } else {
      this.#reached(id, seq);
    }
    this.counts.take(id, message, seq);
    this.#count(id);
  }

  /**
   * A room that is not open here: once the queue has passed the number of `hello`, everything has been delivered.
   * @param {number} id
   * @param {number} seq
   */
  #reached(id, seq) {
    const queue = this.#queued.get(id);
    if (queue && !queue.gap && seq >= queue.upTo) this.emit("delivered", id, seq);
  }

  /**
   * @param {Message} message
   * @param {string} reason
   */
  #urgent(message, reason) {
    // It comes again in its place at the bell; until then it is shown without counting as held.
    const room = this.opened.get(message.room);
    if (room?.keep(message)) this.emit("messages", room, [message.id]);
    this.emit("urgent", message, reason);
  }

  /** @param {RoomGap} gap */
  #gap({ room: id, last_seq: lastSeq }) {
    const queue = this.#queued.get(id);
    if (queue) queue.gap = true;
    this.counts.gap(id, lastSeq);
    this.#count(id);
    const room = this.opened.get(id);
    if (!room) return;
    room.liveFrom = Math.max(room.liveFrom, lastSeq);
    room.liveHead = Math.max(room.liveHead, lastSeq);
    this.#catchUp(room);
  }

  /** @param {RoomEntry} entry */
  #added(entry) {
    this.#enter(entry);
    this.#queued.set(entry.id, { upTo: entry.last_seq, gap: false });
    const room = this.opened.get(entry.id);
    if (room) {
      if (this.#epoch !== undefined) room.under(this.#epoch);
      room.live(entry.last_seq);
      this.#catchUp(room);
    }
    this.emit("added", entry);
    this.emit("entries");
  }

  /** @param {Removal} payload */
  #removed(payload) {
    this.entries.delete(payload.room);
    this.counts.leave(payload.room);
    this.emit("removed", payload);
    this.emit("entries");
  }

  /** @param {Room} room */
  #updated({ id, name }) {
    const entry = this.entries.get(id);
    if (!entry) return;
    if (name) entry.name = seenBy({ ...entry, name }, this.#me.username).name;
    this.emit("entries");
  }

  /**
   * Of oneself, it may be with another name: mind-links are shown without it.
   * @param {Participant} participant
   */
  #renamed({ psychic }) {
    if (psychic.id === this.#me.id) this.#me.username = psychic.username;
  }

  /** The bell: what was left alone during meditation may come now. */
  resume() {
    for (const room of this.opened.values()) this.#catchUp(room);
    for (const id of this.entries.keys()) this.#count(id);
  }

  /** @param {OpenRoom} room */
  async #catchUp(room) {
    // Who meditates is not to be reached, not even by what their own page would ask for.
    if (room.isSyncing || this.#me.status === "meditating") return;
    if (room.isComplete) return void this.emit("complete", room);
    room.isSyncing = true;
    try {
      while (!room.isComplete) {
        if (room.liveFrom - room.head <= REFETCH_ABOVE) await this.#syncOnce(room);
        else this.#restart(room, await this.#fetchPage(room.id, this.#whereUnread(room.id)));
      }
      this.emit("complete", room);
    } catch {
      // A lost connection starts again with the next hello; anything else is worth another try in a moment.
      if (this.#connection.isLive) setTimeout(() => this.#catchUp(room), RETRY_SECONDS * 1000);
    } finally {
      room.isSyncing = false;
    }
  }

  /** @param {OpenRoom} room */
  async #syncOnce(room) {
    const asked = room.head;
    const reply = await this.#connection.request("sync", { rooms: { [room.id]: asked }, epoch: room.epoch });
    const part = reply.rooms[room.id];
    if (!part) throw new Error("The server knows nothing about this room.");
    if (part.reset) return this.#restart(room, { results: part.messages, last_seq: part.seq });
    const news = part.messages.filter((message) => room.keep(message));
    const ids = news.filter((message) => room.isDrawn(message)).map(({ id }) => id);
    room.synced(part.complete ? Math.max(part.seq, room.liveFrom) : part.seq);
    if (ids.length) this.emit("messages", room, ids);
    if (!part.complete && part.seq <= asked) throw new Error("The server does not get further.");
  }

  /**
   * @param {OpenRoom} room
   * @param {MessagePage} page
   */
  #restart(room, { results, next, last_seq: seq }) {
    room.forget(this.#epoch);
    room.show(results, Boolean(next));
    if (seq < room.liveFrom) room.live(seq);
    // What has arrived since the answer was read is forgotten with the rest: it is asked for again.
    else if (seq < room.liveHead) room.liveFrom = room.liveHead;
    room.synced(seq);
    this.emit("reset", room);
  }
}
