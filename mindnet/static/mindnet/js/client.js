/* Everything that makes a page live, wired together: connection, rooms, outbox, receipts, one's own presence.

     const client = new Client(data);      // the page's json_script
     client.connection.on("state", …); client.rooms.on("messages", …); client.outbox.on("changed", …);
     client.start();

   The views hang on to this and never talk to the socket themselves. */

import { Connection, CommandError } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Outbox } from "./outbox.js";
import { Idle } from "./presence.js";
import { Receipts } from "./receipts.js";
import { fetchPage, isSignedIn } from "./rest.js";
import { Rooms } from "./rooms.js";

export class Client extends Emitter {
  me;
  connection;
  rooms;
  outbox;
  receipts;
  #idle = new Idle();

  constructor({ me, rooms = [] }) {
    super();
    this.me = me;
    this.connection = new Connection(socketUrl(), { signedIn: isSignedIn });
    this.rooms = new Rooms(this.connection, me, { entries: rooms, fetchPage });
    this.receipts = new Receipts((type, payload) => this.connection.request(type, payload));
    this.outbox = new Outbox({ storage: localStorage, owner: me.id, send: (entry) => this.#send(entry) });
    this.#wire();
  }

  start() {
    this.#idle.watch(window);
    this.connection.start();
  }

  request(type, payload) {
    return this.connection.request(type, payload);
  }

  /** Sets one's own presence; the reply is what counts. */
  async setPresence(wish) {
    const presence = await this.request("presence.set", wish);
    const hasEnded = this.me.status === "meditating" && presence.status !== "meditating";
    Object.assign(this.me, { status: presence.status, note: presence.note, until: presence.until });
    this.emit("me");
    if (hasEnded) this.#ringBell();
  }

  /** The time one had set is over. The server knows it by itself. */
  endMeditation() {
    Object.assign(this.me, { status: "online", until: null });
    this.#ringBell();
  }

  #ringBell() {
    this.receipts.repeat();
    this.rooms.resume();
  }

  async #send({ room, content, nonce, reply_to, urgent }) {
    const reply = await this.request("message.send", { room, content, nonce, reply_to, urgent });
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
      if (this.me.status === "away") this.#away(true);
    });
    rooms.on("complete", (room) => receipts.delivered(room.id, room.head));
    rooms.on("delivered", (id, seq) => receipts.delivered(id, seq));
    this.#idle.on("changed", (isIdle) => this.#away(isIdle));

    window.addEventListener("storage", ({ key }) => outbox.heard(key));
    window.addEventListener("online", () => connection.wake());
    window.addEventListener("offline", () => connection.wake());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") connection.wake();
      else receipts.flush();
    });
    window.addEventListener("pagehide", () => receipts.flush());
    // A page that the browser kept for "back" comes with a dead socket.
    window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  }

  /** Idle is this connection's; who has chosen to meditate or to be invisible stays so. */
  async #away(isIdle) {
    if (["meditating", "invisible"].includes(this.me.status) || !this.connection.isLive) return;
    try {
      await this.setPresence({ status: isIdle ? "away" : "online" });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
}

function socketUrl() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/connect`;
}
