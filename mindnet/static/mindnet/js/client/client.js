/* Everything that makes a page live, wired together: connection, rooms, outbox, receipts, one's own presence.

     const client = new Client(data, {origin: "https://host", storage: localStorage});
     client.connection.on("state", …); client.rooms.on("messages", …); client.outbox.on("changed", …);
     client.start();

   The views hang on to this and never talk to the socket themselves. Whatever belongs to a browser is handed in, so
   that the same client serves a page and a bot. */

import { kindOf } from "./attachments.js";
import { Blocked } from "./blocked.js";
import { CommandError, Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Lifecycle } from "./lifecycle.js";
import { Outbox } from "./outbox.js";
import { Idle } from "./presence.js";
import { Receipts } from "./receipts.js";
import { Rest } from "./rest.js";
import { Rooms } from "./rooms.js";
import { readTo } from "./unread.js";

/** @import { Commands, PresencePayload, SendReply, WatermarkPayload } from "./commands.js" */
/** @import { Files } from "./files.js" */
/** @import { Locks } from "./lane.js" */
/** @import { KeptStorage, OutboxEntry, OutboxFile } from "./outbox.js" */
/** @import { Fetch } from "./rest.js" */
/** @import { Sealing } from "./sealing.js" */
/** @import { Attachment, Presence, RoomEntry, SentType } from "./shapes.js" */
/** @import { Following } from "./uploads.js" */

// How often a page that is looked at asks how its person is: that may be set elsewhere, and quiet hours begin alone.
const ASK_SECONDS = 60;
// Until a message is tried again for which what seals was not to be had.
const AGAIN_SECONDS = 5;

/** @typedef {Pick<Presence, "id" | "username" | "status" | "note" | "until">} Me */

/**
 * What the server put into the page.
 * @typedef {object} ClientData
 * @property {Me} me
 * @property {RoomEntry[]} [rooms] as `hello` has them
 * @property {number[]} [blocked] the ids of those whom one has blocked
 * @property {number} [away_seconds] without a sign of life for so long one is away; never, if not given
 */

/**
 * What a browser has and the client does not look for by itself.
 * @typedef {object} Surroundings
 * @property {string} origin like "https://host"
 * @property {KeptStorage} storage keeps what waits to be sent; one that throws belongs into a SteadyStorage
 * @property {Locks} [locks] keep two tabs from sending it twice
 * @property {Lifecycle} [lifecycle] tells what happens around
 * @property {Fetch} [fetch] the way out by REST
 * @property {() => string} [csrfToken] of who is known by cookies and changes something by REST
 * @property {(url: string) => WebSocket} [openSocket] and by the socket
 * @property {() => Promise<Sealing>} [bringSealing] what seals and opens: nobody needs it outside of mind-links
 * @property {() => Promise<Files>} [bringFiles] what keeps files and uploads them: nobody needs it before the first one
 */

/** @extends {Emitter<{me: []}>} */
export class Client extends Emitter {
  #idle;
  #lifecycle;
  #askTimer = 0;
  #refreshTimer = 0;
  #bringFiles;
  #bringSealing;
  /** @type {Promise<Files> | null} */
  #files = null;
  /** @type {Promise<Sealing> | null} */
  #sealing = null;

  /**
   * @param {ClientData} data
   * @param {Surroundings} surroundings
   */
  constructor(
    { me, rooms = [], blocked = [], away_seconds: awaySeconds },
    { origin, storage, locks, lifecycle = new Lifecycle(), fetch, csrfToken, openSocket, bringFiles, bringSealing },
  ) {
    super();
    this.me = me;
    this.storage = storage;
    this.#lifecycle = lifecycle;
    this.#bringFiles = bringFiles;
    this.#bringSealing = bringSealing;
    this.#idle = new Idle(awaySeconds);
    this.rest = new Rest(origin, { fetch, csrfToken });
    this.connection = new Connection(socketUrl(origin), { signedIn: () => this.rest.isSignedIn(), openSocket });
    this.blocked = new Blocked(blocked);
    this.rooms = new Rooms(this.connection, me, {
      entries: rooms, blocked: this.blocked, fetchPage: (room, params) => this.rest.fetchPage(room, params),
    });
    this.receipts = new Receipts((type, payload) => this.#confirm(type, payload));
    this.outbox = new Outbox({
      storage, locks, owner: me.id, send: (entry) => this.#send(entry),
      upload: (entry, file, following) => this.#upload(entry, file, following),
    });
    this.#wire();
    this.#follow(lifecycle);
  }

  start() {
    this.#idle.alive();
    this.#askTimer = setInterval(() => this.#lifecycle.isVisible && this.#askNow(), ASK_SECONDS * 1000);
    this.connection.start();
  }

  stop() {
    clearInterval(this.#askTimer);
    this.#idle.stop();
    this.receipts.flush();
    this.connection.stop();
  }

  /**
   * @template {keyof Commands} Type
   * @param {Type} type
   * @param {Commands[Type]["payload"]} payload
   * @returns {Promise<Commands[Type]["reply"]>}
   */
  request(type, payload) {
    return this.connection.request(type, payload);
  }

  /**
   * Sets one's own presence; the reply is what counts.
   * @param {PresencePayload} wish
   */
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

  /** Whom one has blocked, here or elsewhere: nobody is told of it, so it is asked for. */
  async refreshBlocked() {
    try {
      this.blocked.set(await this.rest.blocked());
    } catch {
      // It is asked for again when one comes back to the page.
    }
  }

  /**
   * Takes over one's presence as the server has just told it.
   * @param {Pick<Me, "status" | "note" | "until">} presence
   */
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

  /**
   * What keeps files and uploads them. Brought when it is first asked for; raises where it cannot be, so that it is asked
   * for once more.
   * @returns {Promise<Files>}
   */
  files() {
    this.#files ??= (this.#bringFiles ?? noFiles)();
    this.#files.catch(() => (this.#files = null));
    return this.#files;
  }

  /**
   * @param {OutboxEntry} entry
   * @param {OutboxFile} file
   * @param {Following} following
   */
  async #upload(entry, file, following) {
    const lost = new CommandError({ code: "connection_lost", detail: "There is no connection." });
    // The message could not follow its files. The next connection brings both.
    if (!this.connection.isLive) throw lost;
    const [files, link] = await Promise.all([this.files(), this.#linkOf(entry)]).catch(() => { throw lost; });
    if (!link) return files.upload(entry.room, file, following);
    return link.persistently(() => files.upload(entry.room, file, following, (blob) => link.forUpload(entry, file, blob)));
  }

  /**
   * A file that no message will take. What stays because of an error the server sweeps away within a day.
   * @param {string} url
   */
  async #takeAway(url) {
    await this.rest.send("DELETE", url).catch(() => {});
  }

  /**
   * @param {OutboxEntry} entry
   * @returns {Promise<SendReply>}
   */
  async #send(entry) {
    if (entry.link) return this.#sendInLink(entry);
    const { room, content, nonce, reply_to, urgent, urgent_reason, files = [] } = entry;
    const attachments = files.flatMap(({ attachment }) => attachment ?? []);
    const type = messageType(attachments);
    const what = attachments.length ? { message_type: type, attachments: attachments.map(({ id }) => id) } : {};
    const payload = { room, content, nonce, reply_to, urgent, urgent_reason, ...what };
    const reply = await this.request("message.send", payload);
    this.#stored(entry, { type, content }, reply);
    return reply;
  }

  /**
   * In a mind-link it may have to be sealed.
   * @param {OutboxEntry} entry
   */
  async #sendInLink(entry) {
    const link = await this.#linkOf(entry).catch(() => null);
    if (!link) throw new CommandError({ code: "unavailable", detail: "What seals is not there yet.", retry_after: AGAIN_SECONDS });
    const { payload, reply } = await link.send(entry, (payload) => this.request("message.send", payload));
    const { message_type: type = "text", content } = payload;
    // Stored before, it was sealed as another envelope.
    if (reply.duplicate) this.rest.message(reply.id).then((message) => this.rooms.stored(message), () => {});
    else this.#stored(entry, { type, content }, reply);
    return reply;
  }

  /** @param {OutboxEntry} entry */
  async #linkOf({ room, link }) {
    return link ? (await this.sealing()).linkOf(room, link.other) : null;
  }

  /**
   * What seals and opens. Brought when it is first asked for; raises where it cannot be.
   * @returns {Promise<Sealing>}
   */
  sealing() {
    this.#sealing ??= (this.#bringSealing ?? noSealing)();
    this.#sealing.catch(() => (this.#sealing = null));
    return this.#sealing;
  }

  /**
   * @param {OutboxEntry} entry
   * @param {{type: SentType, content: string}} sent
   * @param {SendReply} reply
   */
  #stored({ room, nonce, reply_to, urgent, files = [] }, { type, content }, reply) {
    const attachments = files.flatMap(({ attachment }) => attachment ?? []);
    // Whom an @ means the server says with the event, which has to count as newer then.
    const known = content.includes("@") ? reply.seq - 1 : reply.seq;
    this.rooms.stored({
      id: reply.id, room, seq: reply.seq, changed_seq: known,
      sender: { id: this.me.id, username: this.me.username },
      message_type: type, content, timestamp: reply.timestamp, edited_at: null, deleted: false, reply_to,
      attachments, reactions: {}, nonce, urgent, mentions: [],
    });
  }

  /**
   * What the server has taken counts here as well, also where it is told to nobody. A meditator's it ignores.
   * @param {"message.delivered" | "message.read"} type
   * @param {WatermarkPayload} payload
   */
  async #confirm(type, payload) {
    await this.request(type, payload);
    if (type === "message.read" && this.me.status !== "meditating") this.rooms.counts.confirmed(payload.room, payload.seq);
  }

  /**
   * From this number on all is unread again, on all of one's devices. Raises RestError, and what `fetch` raises.
   * @param {number} room
   * @param {number} seq
   */
  async markUnread(room, seq) {
    await this.receipts.settle(room);
    await this.rest.send("PUT", `/rooms/${room}/unread`, { seq });
  }

  #wire() {
    const { connection, rooms, outbox, receipts } = this;
    connection.on("hello", (hello) => {
      for (const entry of hello.rooms) {
        if (entry.unread_from !== null) receipts.unread(entry.id, readTo(entry));
        receipts.known(entry.id, { delivered: entry.delivered_seq, read: readTo(entry) });
      }
    });
    connection.on("state", ({ name }) => {
      if (name !== "live") return;
      outbox.flush();
      outbox.askAgain();
      // Being away belongs to a connection, and this is a new one.
      if (this.#idle.isIdle) this.#away(true);
      else this.refreshOwn();
    });
    connection.on("event", ({ type, payload }) => {
      if (type === "message.created" && payload.sender.id === this.me.id) outbox.said(payload.nonce);
      // The bell has rung, elsewhere or by the clock.
      if (this.me.status === "meditating" && ["message.created", "message.updated"].includes(type)) this.#refreshSoon();
    });
    rooms.on("restored", () => receipts.forget());
    rooms.on("marked", (id) => receipts.unread(id, readTo(/** @type {RoomEntry} */ (rooms.entries.get(id)))));
    rooms.on("complete", (room) => receipts.delivered(room.id, room.head));
    rooms.on("delivered", (id, seq) => receipts.delivered(id, seq));
    outbox.on("done", async (keys) => (await this.files().catch(() => null))?.drop(keys));
    outbox.on("left", (attachments) => attachments.forEach(({ url }) => this.#takeAway(url)));
    this.#idle.on("changed", (isIdle) => this.#away(isIdle));
  }

  /** @param {Lifecycle} lifecycle */
  #follow(lifecycle) {
    const { connection, outbox, receipts } = this;
    lifecycle.on("active", () => this.#idle.alive());
    lifecycle.on("storage", (key) => outbox.heard(key));
    lifecycle.on("network", () => connection.wake());
    lifecycle.on("visible", () => {
      connection.wake();
      this.#refreshSoon();
      this.refreshBlocked();
    });
    lifecycle.on("hidden", () => receipts.flush());
    lifecycle.on("leaving", () => receipts.flush());
  }

  #askNow() {
    this.#refreshSoon();
    if (this.connection.isLive) this.outbox.askAgain();
  }

  /** Of many reasons within half a second one is enough. */
  #refreshSoon() {
    if (this.#refreshTimer || !this.connection.isLive) return;
    this.#refreshTimer = setTimeout(() => {
      this.#refreshTimer = 0;
      this.refreshOwn();
    }, 500);
  }

  /**
   * Idle is this connection's. Coming back must not ring the bell of who meditates, also when that was set elsewhere
   * or by quiet hours: `online` would end it.
   * @param {boolean} isIdle
   */
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

/** @returns {Promise<Sealing>} */
async function noSealing() {
  throw new Error("This client was made without what seals.");
}

/** @returns {Promise<Files>} */
async function noFiles() {
  throw new Error("This client was made without files.");
}

/**
 * @param {Attachment[]} attachments
 * @returns {SentType}
 */
function messageType(attachments) {
  if (!attachments.length) return "text";
  return attachments.every((attachment) => kindOf(attachment) === "image") ? "image" : "file";
}

/**
 * http becomes ws, https wss.
 * @param {string} origin
 */
function socketUrl(origin) {
  return `${origin.replace(/^http/, "ws")}/connect`;
}
