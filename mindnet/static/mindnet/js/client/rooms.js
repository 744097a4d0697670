/* What this page knows about rooms: the entries of `hello`, and the messages of the room that is open.

     const rooms = new Rooms(connection, me);
     const room = rooms.open(12, {messages, last_seq});   // from the page, or nothing yet
     rooms.on("messages", (room, ids) => …);              // these were added or have changed
     rooms.on("reset", (room) => …);                      // what was held is no longer true; draw anew
     rooms.on("complete", (room) => …);                   // nothing is missing up to this moment
     rooms.on("entries", () => …);                        // a room came, went, or its unread count changed
     rooms.on("removed", ({room, kind, reason}) => …);

   Numbers: a room counts its changes. `head` is the number up to which everything is held. After `hello` every change
   above `liveFrom` arrives by itself; what lies between `head` and `liveFrom` is asked for with `sync`, as often as
   needed. A message is kept if its `changed_seq` is higher than the one held, so it does not matter in which order
   the two ways deliver, or how often. */

import { Emitter } from "./emitter.js";

// After so many missed changes the newest page is fetched instead of every message in between.
const REFETCH_ABOVE = 900;
const RETRY_SECONDS = 2;

export class Room {
  messages = new Map();
  nonces = new Map();
  head = 0;
  first = Infinity; // messages below this number are not shown yet
  liveFrom = 0;
  liveHead = 0;
  isSyncing = false;

  constructor(id) {
    this.id = id;
  }

  get isComplete() {
    return this.head >= this.liveFrom;
  }

  /** The rule. Returns whether the message was news. */
  keep(message) {
    const held = this.messages.get(message.id);
    if (held && held.changed_seq >= message.changed_seq) return false;
    this.messages.set(message.id, message);
    this.nonces.set(message.nonce, message.id);
    return true;
  }

  keepAll(messages) {
    return messages.filter((message) => this.keep(message)).map((message) => message.id);
  }

  /** Takes a page of messages; they and all newer ones are shown from now on. */
  takePage(messages) {
    const ids = this.keepAll(messages);
    if (messages.length) this.first = Math.min(this.first, messages[0].seq);
    return ids;
  }

  /** A numbered event. Returns whether numbers are missing before it. */
  advance(seq) {
    const gap = seq > this.liveHead + 1;
    this.liveHead = Math.max(this.liveHead, seq);
    if (gap) this.liveFrom = this.liveHead;
    else if (this.isComplete) this.head = Math.max(this.head, this.liveHead);
    return gap;
  }

  live(lastSeq) {
    this.liveFrom = lastSeq;
    this.liveHead = lastSeq;
  }

  synced(seq) {
    this.head = Math.max(this.head, seq);
    if (this.isComplete) this.head = Math.max(this.head, this.liveHead);
  }

  forget() {
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

export class Rooms extends Emitter {
  entries = new Map();
  opened = new Map();
  #connection;
  #me;
  #fetchPage;
  // Rooms whose offline queue arrived without a gap: what it held has reached this device.
  #queued = new Map();

  /** `fetchPage(room, params)` gives a REST page of messages: `{results, last_seq}`. */
  constructor(connection, me, { entries = [], fetchPage } = {}) {
    super();
    this.#connection = connection;
    this.#me = me;
    this.#fetchPage = fetchPage;
    for (const entry of entries) this.entries.set(entry.id, entry);
    connection.on("hello", (hello) => this.#hello(hello));
    connection.on("event", (event) => this.#event(event));
  }

  open(id, { messages = [], last_seq: head = 0 } = {}) {
    const room = new Room(id);
    room.takePage(messages);
    // An empty room is shown from its beginning.
    if (!messages.length) room.first = 0;
    room.head = head;
    this.opened.set(id, room);
    return room;
  }

  get unread() {
    return [...this.entries.values()].reduce((sum, entry) => sum + entry.unread, 0);
  }

  /** Older messages above what is shown. Returns their ids; fewer than asked for means that there are no more. */
  async loadOlder(room, limit = 50) {
    const page = await this.#fetchPage(room.id, { before: room.first, limit });
    const first = room.first;
    room.takePage(page.results);
    const ids = room.shown().filter(({ seq }) => seq < first).map(({ id }) => id);
    if (ids.length) this.emit("messages", room, ids);
    return page.results.length;
  }

  /** A message of one's own, as the reply to sending it describes it. */
  stored(message) {
    const room = this.opened.get(message.room);
    if (room?.keep(message)) this.emit("messages", room, [message.id]);
  }

  /** Takes a message that came as a reply (an edit, a reaction). */
  changed(message) {
    this.stored(message);
  }

  /** Up to here this psychic has read, here or elsewhere. */
  markRead(id, seq) {
    const entry = this.entries.get(id);
    if (!entry || seq <= entry.read_seq) return;
    entry.read_seq = seq;
    entry.unread = this.#countUnread(entry);
    this.emit("entries");
  }

  #countUnread(entry) {
    const room = this.opened.get(entry.id);
    if (entry.read_seq >= entry.last_seq) return 0;
    const above = Math.min(entry.unread, entry.last_seq - entry.read_seq);
    if (!room || room.first > entry.read_seq + 1) return above;
    const isUnread = ({ seq, sender, deleted }) => seq > entry.read_seq && sender.id !== this.#me.id && !deleted;
    return room.shown().filter(isUnread).length;
  }

  #hello({ rooms }) {
    const before = this.entries;
    this.entries = new Map(rooms.map((entry) => [entry.id, this.#named(entry)]));
    this.#queued = new Map(rooms.map((entry) => [entry.id, { upTo: entry.last_seq, gap: false }]));
    for (const room of this.opened.values()) {
      const entry = this.entries.get(room.id);
      // Taken out while the link was down: the event that said so went to nobody.
      if (!entry && before.has(room.id)) this.emit("removed", { room: room.id });
      if (!entry) continue;
      room.live(entry.last_seq);
      this.#catchUp(room);
    }
    this.emit("entries");
  }

  #event({ type, room: id, seq, payload, reason }) {
    const room = this.opened.get(id);
    if (type === "message.created" || type === "message.updated") this.#message(type, id, seq, payload);
    else if (type === "message.urgent") this.#urgent(payload, reason);
    else if (type === "room.gap") this.#gap(payload);
    else if (type === "room.added") this.#added(payload);
    else if (type === "room.removed") this.#removed(payload);
    else if (type === "room.updated") this.#updated(id ?? payload.id, payload);
    else if (type === "receipt.updated") this.#receipt(payload);
    if (room) this.emit("event", type, payload);
  }

  #receipt({ room, psychic, read_seq: read }) {
    if (psychic.id === this.#me.id) this.markRead(room, read);
  }

  #message(type, id, seq, message) {
    const entry = this.entries.get(id);
    const isNew = entry && type === "message.created" && seq > entry.last_seq;
    if (entry) entry.last_seq = Math.max(entry.last_seq, seq);
    const room = this.opened.get(id);
    if (room) {
      const isNews = room.keep(message);
      if (isNews && message.seq >= room.first) this.emit("messages", room, [message.id]);
      if (room.advance(seq)) this.#catchUp(room);
      else if (room.isComplete) this.emit("complete", room);
    } else {
      this.#reached(id, seq);
    }
    if (isNew && message.sender.id !== this.#me.id && message.seq > entry.read_seq) {
      entry.unread += 1;
      this.emit("entries");
    }
  }

  /** A room that is not open here: once the queue has passed the number of `hello`, everything has been delivered. */
  #reached(id, seq) {
    const queue = this.#queued.get(id);
    if (queue && !queue.gap && seq >= queue.upTo) this.emit("delivered", id, seq);
  }

  #urgent(message, reason) {
    // It comes again in its place at the bell; until then it is shown without counting as held.
    const room = this.opened.get(message.room);
    if (room?.keep(message)) this.emit("messages", room, [message.id]);
    this.emit("urgent", message, reason);
  }

  #gap({ room: id, last_seq: lastSeq }) {
    const queue = this.#queued.get(id);
    if (queue) queue.gap = true;
    const room = this.opened.get(id);
    if (!room) return;
    room.liveFrom = Math.max(room.liveFrom, lastSeq);
    room.liveHead = Math.max(room.liveHead, lastSeq);
    this.#catchUp(room);
  }

  /** A mind-link is named after its two; each of them sees the other. */
  #named(entry) {
    // A copy: what is read here moves on at once, and others still look at what the server has said.
    if (entry.kind !== "private") return { ...entry };
    const others = entry.name.split(" & ").filter((name) => name !== this.#me.username);
    return { ...entry, name: others.join(" & ") || entry.name };
  }

  #added(entry) {
    this.entries.set(entry.id, this.#named(entry));
    this.#queued.set(entry.id, { upTo: entry.last_seq, gap: false });
    const room = this.opened.get(entry.id);
    if (room) {
      room.live(entry.last_seq);
      this.#catchUp(room);
    }
    this.emit("added", entry);
    this.emit("entries");
  }

  #removed(payload) {
    this.entries.delete(payload.room);
    this.emit("removed", payload);
    this.emit("entries");
  }

  #updated(id, payload) {
    const entry = this.entries.get(id);
    if (!entry) return;
    // A private room carries the other's name in the entry, and none of its own.
    if (entry.kind !== "private" && payload.name) entry.name = payload.name;
    this.emit("entries");
  }

  /** The bell: what was left alone during meditation may come now. */
  resume() {
    for (const room of this.opened.values()) this.#catchUp(room);
  }

  async #catchUp(room) {
    // Who meditates is not to be reached, not even by what their own page would ask for.
    if (room.isSyncing || this.#me.status === "meditating") return;
    if (room.isComplete) return void this.emit("complete", room);
    room.isSyncing = true;
    try {
      while (!room.isComplete) {
        if (room.liveFrom - room.head > REFETCH_ABOVE && this.#fetchPage) await this.#refetch(room);
        else await this.#syncOnce(room);
      }
      this.emit("complete", room);
    } catch {
      // A lost connection starts again with the next hello; anything else is worth another try in a moment.
      if (this.#connection.isLive) setTimeout(() => this.#catchUp(room), RETRY_SECONDS * 1000);
    } finally {
      room.isSyncing = false;
    }
  }

  async #syncOnce(room) {
    const asked = room.head;
    const reply = await this.#connection.request("sync", { rooms: { [room.id]: asked } });
    const part = reply.rooms[room.id];
    if (!part) throw new Error("The server knows nothing about this room.");
    if (part.reset) return this.#restart(room, part.messages, part.seq);
    const ids = room.keepAll(part.messages).filter((id) => room.messages.get(id).seq >= room.first);
    room.synced(part.complete ? Math.max(part.seq, room.liveFrom) : part.seq);
    if (ids.length) this.emit("messages", room, ids);
    if (!part.complete && part.seq <= asked) throw new Error("The server does not get further.");
  }

  async #refetch(room) {
    const page = await this.#fetchPage(room.id, {});
    this.#restart(room, page.results, page.last_seq);
  }

  #restart(room, messages, seq) {
    room.forget();
    room.takePage(messages);
    if (!messages.length) room.first = 0;
    if (seq < room.liveFrom) room.live(seq);
    room.synced(seq);
    this.emit("reset", room);
  }
}
