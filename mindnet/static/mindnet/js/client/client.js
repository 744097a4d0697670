/* Everything that makes a page live, wired together: connection, rooms, outbox, receipts, one's own presence.

     const client = new Client(data, {origin: "https://host", storage: localStorage});
     client.connection.on("state", …); client.rooms.on("messages", …); client.outbox.on("changed", …);
     client.start();

   `data` is what the server put into the page: `me`, `rooms` as `hello` has them, `away_seconds`. The views hang on to
   this and never talk to the socket themselves. Whatever belongs to a browser is handed in, so that the same client
   serves a page and a bot. */

import { CommandError, Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Lifecycle } from "./lifecycle.js";
import { Outbox } from "./outbox.js";
import { Idle } from "./presence.js";
import { Receipts } from "./receipts.js";
import { Rest } from "./rest.js";
import { Rooms } from "./rooms.js";

// How often a page that is looked at asks how its person is: it may be set elsewhere, and quiet hours begin by themselves.
const ASK_SECONDS = 60;

export class Client extends Emitter {
  me;
  connection;
  rooms;
  outbox;
  receipts;
  rest;
  #idle;
  #lifecycle;
  #askTimer = 0;
  #refreshTimer = 0;

  /** `storage` keeps what waits to be sent; `locks`, where there are any, keep two tabs from sending it twice; the
      `lifecycle` tells what happens around; `fetch` and `openSocket` are the ways out. */
  constructor(
    { me, rooms = [], away_seconds: awaySeconds },
    { origin, storage, locks, lifecycle = new Lifecycle(), fetch, openSocket },
  ) {
    super();
    this.me = me;
    this.#lifecycle = lifecycle;
    this.#idle = new Idle(awaySeconds);
    this.rest = new Rest(origin, { fetch });
    this.connection = new Connection(socketUrl(origin), { signedIn: () => this.rest.isSignedIn(), openSocket });
    this.rooms = new Rooms(this.connection, me, {
      entries: rooms, fetchPage: (room, params) => this.rest.fetchPage(room, params),
    });
    this.receipts = new Receipts((type, payload) => this.connection.request(type, payload));
    this.outbox = new Outbox({ storage, locks, owner: me.id, send: (entry) => this.#send(entry) });
    this.#wire();
    this.#follow(lifecycle);
  }

  start() {
    this.#idle.alive();
    this.#askTimer = setInterval(() => this.#lifecycle.isVisible && this.#refreshSoon(), ASK_SECONDS * 1000);
    this.connection.start();
  }

  stop() {
    clearInterval(this.#askTimer);
    this.#idle.stop();
    this.receipts.flush();
    this.connection.stop();
  }

  request(type, payload) {
    return this.connection.request(type, payload);
  }

  /** Sets one's own presence; the reply is what counts. */
  async setPresence(wish) {
    this.takePresence(await this.request("presence.set", wish));
  }

  /** What the server says of oneself. Nothing is pushed to who meditates, so it is asked for. */
  async refreshOwn() {
    try {
      this.takePresence(await this.rest.ownPresence());
    } catch {
      // The connection line already says that the server is not reached.
    }
  }

  /** Takes over one's presence as the server has just told it. */
  takePresence({ status, note, until }) {
    const hasEnded = this.me.status === "meditating" && status !== "meditating";
    Object.assign(this.me, { status, note, until });
    this.emit("me");
    if (hasEnded) this.#ringBell();
  }

  #ringBell() {
    this.receipts.repeat();
    this.rooms.resume();
  }

  async #send({ room, content, nonce, reply_to, urgent, urgent_reason }) {
    const reply = await this.request("message.send", { room, content, nonce, reply_to, urgent, urgent_reason });
    this.rooms.stored({
      id: reply.id, room, seq: reply.seq, changed_seq: reply.seq,
      sender: { id: this.me.id, username: this.me.username },
      message_type: "text", content, timestamp: reply.timestamp, edited_at: null, deleted: false, reply_to,
      attachments: [], reactions: {}, nonce, urgent,
    });
    return reply;
  }

  #wire() {
    const { connection, rooms, outbox, receipts } = this;
    connection.on("hello", (hello) => {
      for (const { id, delivered_seq: delivered, read_seq: read } of hello.rooms) {
        receipts.known(id, { delivered, read });
      }
    });
    connection.on("state", ({ name }) => {
      if (name !== "live") return;
      outbox.flush();
      // Being away belongs to a connection, and this is a new one.
      if (this.#idle.isIdle) this.#away(true);
      else this.refreshOwn();
    });
    connection.on("event", ({ type }) => {
      // The bell has rung, elsewhere or by the clock.
      if (this.me.status === "meditating" && ["message.created", "message.updated"].includes(type)) this.#refreshSoon();
    });
    rooms.on("complete", (room) => receipts.delivered(room.id, room.head));
    rooms.on("delivered", (id, seq) => receipts.delivered(id, seq));
    this.#idle.on("changed", (isIdle) => this.#away(isIdle));
  }

  #follow(lifecycle) {
    const { connection, outbox, receipts } = this;
    lifecycle.on("active", () => this.#idle.alive());
    lifecycle.on("storage", (key) => outbox.heard(key));
    lifecycle.on("network", () => connection.wake());
    lifecycle.on("visible", () => {
      connection.wake();
      this.#refreshSoon();
    });
    lifecycle.on("hidden", () => receipts.flush());
    lifecycle.on("leaving", () => receipts.flush());
  }

  /** Of many reasons within half a second one is enough. */
  #refreshSoon() {
    if (this.#refreshTimer || !this.connection.isLive) return;
    this.#refreshTimer = setTimeout(() => {
      this.#refreshTimer = 0;
      this.refreshOwn();
    }, 500);
  }

  /** Idle is this connection's. Coming back must not ring the bell of who meditates, also when that was set elsewhere
      or by quiet hours: `online` would end it. */
  async #away(isIdle) {
    if (!this.connection.isLive) return;
    await this.refreshOwn();
    if (["meditating", "invisible"].includes(this.me.status)) return;
    try {
      await this.setPresence({ status: isIdle ? "away" : "online" });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
}

/** http becomes ws, https wss. */
function socketUrl(origin) {
  return `${origin.replace(/^http/, "ws")}/connect`;
}
