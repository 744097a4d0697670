/* Tells the server what has been delivered and read, at most once a second a room.

     const receipts = new Receipts((type, payload) => connection.request(type, payload));
     receipts.delivered(12, 57);
     receipts.read(12, 57);
     receipts.known(12, {delivered: 57, read: 50});   // what the server says it has, after every hello

   Watermarks only move forward, so of many calls within a second the highest number is enough. What is read has also
   been delivered and needs no command of its own. While meditating the server answers confirmations and ignores them;
   `repeat` sends everything again afterwards. */

const PAUSE_SECONDS = 1;

export class Receipts {
  #request;
  #pauseSeconds;
  #rooms = new Map();

  constructor(request, { pauseSeconds = PAUSE_SECONDS } = {}) {
    this.#request = request;
    this.#pauseSeconds = pauseSeconds;
  }

  delivered(id, seq) {
    this.#want(id, "delivered", seq);
  }

  read(id, seq) {
    this.#want(id, "read", seq);
  }

  known(id, { delivered, read }) {
    const room = this.#room(id);
    room.sent = { delivered, read };
    // A new connection owes nothing to the second of the last one.
    clearTimeout(room.timer);
    room.timer = room.busyUntil = 0;
    this.#schedule(id);
  }

  /** Sends at once what waits for its second: the page is about to go. */
  flush() {
    for (const [id, room] of this.#rooms) {
      if (!room.timer) continue;
      clearTimeout(room.timer);
      this.#flush(id, room);
    }
  }

  repeat() {
    for (const [id, room] of this.#rooms) {
      room.sent = { delivered: 0, read: 0 };
      this.#schedule(id);
    }
  }

  #room(id) {
    if (!this.#rooms.has(id)) {
      this.#rooms.set(id, { want: { delivered: 0, read: 0 }, sent: { delivered: 0, read: 0 }, timer: 0, busyUntil: 0 });
    }
    return this.#rooms.get(id);
  }

  #want(id, kind, seq) {
    const { want } = this.#room(id);
    if (seq <= want[kind]) return;
    want[kind] = seq;
    this.#schedule(id);
  }

  #schedule(id) {
    const room = this.#room(id);
    if (room.timer) return;
    room.timer = setTimeout(() => this.#flush(id, room), Math.max(0, room.busyUntil - Date.now()));
  }

  #flush(id, room) {
    room.timer = 0;
    room.busyUntil = Date.now() + this.#pauseSeconds * 1000;
    const { want, sent } = room;
    if (want.read > sent.read) {
      const both = { delivered: Math.max(sent.delivered, want.read), read: want.read };
      this.#send("message.read", id, want.read, room, both);
    }
    if (want.delivered > room.sent.delivered) {
      this.#send("message.delivered", id, want.delivered, room, { ...room.sent, delivered: want.delivered });
    }
  }

  async #send(type, room, seq, state, sent) {
    const before = state.sent;
    state.sent = sent;
    try {
      await this.#request(type, { room, seq });
    } catch (error) {
      if (!error.code) throw error;
      // Not known to be stored. The next confirmation, or the next hello, sends it again.
      if (state.sent === sent) state.sent = before;
    }
  }
}
