/* Tells the server what has been delivered and read, at most once a second a room.

     const receipts = new Receipts((type, payload) => connection.request(type, payload));
     receipts.delivered(12, 57);
     receipts.read(12, 57);
     receipts.known(12, {delivered: 57, read: 50});   // what the server says it has, after every hello

   Watermarks only move forward, so of many calls within a second the highest number is enough. What is read has also
   been delivered and needs no command of its own. While meditating the server answers confirmations and ignores them;
   `repeat` sends everything again afterwards. */

import { CommandError } from "./connection.js";

/** @import { WatermarkPayload } from "./commands.js" */

const PAUSE_SECONDS = 1;

/** @typedef {{delivered: number, read: number}} Numbers */
/** @typedef {{want: Numbers, sent: Numbers, timer: number, busyUntil: number, sending: Promise<unknown>}} Watermarks */
/** @typedef {"message.delivered" | "message.read"} Confirmation */

export class Receipts {
  #request;
  #pauseSeconds;
  /** @type {Map<number, Watermarks>} */
  #rooms = new Map();

  /**
   * @param {(type: Confirmation, payload: WatermarkPayload) => Promise<unknown>} request
   * @param {{pauseSeconds?: number}} options
   */
  constructor(request, { pauseSeconds = PAUSE_SECONDS } = {}) {
    this.#request = request;
    this.#pauseSeconds = pauseSeconds;
  }

  /**
   * @param {number} id a room
   * @param {number} seq
   */
  delivered(id, seq) {
    this.#want(id, "delivered", seq);
  }

  /**
   * @param {number} id a room
   * @param {number} seq
   */
  read(id, seq) {
    this.#want(id, "read", seq);
  }

  /**
   * @param {number} id a room
   * @param {Numbers} numbers
   */
  known(id, { delivered, read }) {
    const room = this.#room(id);
    room.sent = { delivered, read };
    // A new connection owes nothing to the second of the last one.
    clearTimeout(room.timer);
    room.timer = room.busyUntil = 0;
    this.#schedule(id);
  }

  /**
   * A marker stands: what was read above this number counts no more, and is not to be said again.
   * @param {number} id a room
   * @param {number} upTo
   */
  unread(id, upTo) {
    const room = this.#room(id);
    room.want.read = Math.min(room.want.read, upTo);
    room.sent = { ...room.sent, read: Math.min(room.sent.read, upTo) };
  }

  /**
   * What waits for its second is sent, and what is under way has come: nothing that was read is stored after this.
   * @param {number} id a room
   */
  async settle(id) {
    const room = this.#room(id);
    clearTimeout(room.timer);
    this.#flush(id, room);
    await room.sending;
  }

  /** Sends at once what waits for its second: the page is about to go. */
  flush() {
    for (const [id, room] of this.#rooms) {
      if (!room.timer) continue;
      clearTimeout(room.timer);
      this.#flush(id, room);
    }
  }

  /** The numbers wished for were given by a server that has been set back since: they mean other messages now. */
  forget() {
    for (const room of this.#rooms.values()) room.want = { delivered: 0, read: 0 };
  }

  repeat() {
    for (const [id, room] of this.#rooms) {
      room.sent = { delivered: 0, read: 0 };
      this.#schedule(id);
    }
  }

  /** @param {number} id */
  #room(id) {
    let room = this.#rooms.get(id);
    if (!room) {
      const none = { delivered: 0, read: 0 };
      room = { want: { ...none }, sent: none, timer: 0, busyUntil: 0, sending: Promise.resolve() };
      this.#rooms.set(id, room);
    }
    return room;
  }

  /**
   * @param {number} id
   * @param {keyof Numbers} kind
   * @param {number} seq
   */
  #want(id, kind, seq) {
    const { want } = this.#room(id);
    if (seq <= want[kind]) return;
    want[kind] = seq;
    this.#schedule(id);
  }

  /** @param {number} id */
  #schedule(id) {
    const room = this.#room(id);
    if (room.timer) return;
    room.timer = setTimeout(() => this.#flush(id, room), Math.max(0, room.busyUntil - Date.now()));
  }

  /**
   * @param {number} id
   * @param {Watermarks} room
   */
  #flush(id, room) {
    room.timer = 0;
    room.busyUntil = Date.now() + this.#pauseSeconds * 1000;
    const { want, sent } = room;
    if (want.read > sent.read) {
      const both = { delivered: Math.max(sent.delivered, want.read), read: want.read };
      const sending = this.#send("message.read", { room: id, seq: want.read }, room, both);
      room.sending = sending.catch(() => { /* Whoever has sent it hears of it. */ });
    }
    if (want.delivered > room.sent.delivered) {
      const more = { ...room.sent, delivered: want.delivered };
      this.#send("message.delivered", { room: id, seq: want.delivered }, room, more);
    }
  }

  /**
   * @param {Confirmation} type
   * @param {WatermarkPayload} payload
   * @param {Watermarks} state
   * @param {Numbers} sent what the server has once this has come
   */
  async #send(type, payload, state, sent) {
    const before = state.sent;
    state.sent = sent;
    try {
      await this.#request(type, payload);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // Not known to be stored. The next confirmation, or the next hello, sends it again.
      if (state.sent === sent) state.sent = before;
    }
  }
}
