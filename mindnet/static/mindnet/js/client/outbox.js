/* Messages on their way out. They survive a reload, a crash and being offline, and all tabs of this browser share them.

     const outbox = new Outbox({storage: localStorage, locks: navigator.locks, owner: me.id, send: (entry) => …});
     outbox.add({room: 12, content: "hello"});
     outbox.flush();                       // whenever a connection has become live
     outbox.on("changed", () => …);        // redraw entriesOf(room)
     outbox.on("stored", (entry, reply) => …);

   Each message has a nonce from the first moment. The server stores a nonce once, whoever sends it how often ever: that
   is what makes trying again safe. The lock only spares the second tab the work. One storage key holds one message, so
   that two tabs writing at once cannot overwrite each other.

   States: `waiting`, then gone once stored. `failed` with `error` when the server has refused it for good; it stays
   until `retry` or `discard`. `held` while a moderator is to look at it first: the server has it, and is asked again
   what became of it (`askAgain`); let through, it is gone once it comes as a message (`said`). */

import { CommandError } from "./connection.js";
import { Emitter } from "./emitter.js";

/** @import { SendReply } from "./commands.js" */

// Refusals that pass by themselves. Everything else is the server's last word.
const PASSING = new Set(["connection_lost", "rate_limited", "overloaded", "unavailable"]);
const PAUSE_SECONDS = 3;
// How many messages are on the wire without an answer. The server answers in order.
const IN_FLIGHT = 10;

/**
 * A message on its way out.
 * @typedef {object} OutboxEntry
 * @property {string} nonce
 * @property {number} room
 * @property {string} content
 * @property {number | null} reply_to
 * @property {boolean} urgent
 * @property {string} [urgent_reason]
 * @property {number} order
 * @property {"waiting" | "failed" | "held"} state
 * @property {string} error what the server said, for a person
 * @property {string} [code] the server's word for it
 * @property {string} [reason] of a message that is held back, or was refused by a moderator
 * @property {boolean} [wasHeld] a moderator has decided: trying again says the same
 */

/**
 * Where messages are kept: as localStorage is, or anything like it.
 * @typedef {object} KeptStorage
 * @property {number} length
 * @property {(index: number) => string | null} key
 * @property {(key: string) => string | null} getItem
 * @property {(key: string, value: string) => void} setItem
 * @property {(key: string) => void} removeItem
 */

/** @typedef {{request: (name: string, work: () => Promise<void>) => Promise<void>}} Locks as navigator.locks are */

/** @extends {Emitter<{changed: [], stored: [OutboxEntry, SendReply], refused: [OutboxEntry, CommandError]}>} */
export class Outbox extends Emitter {
  #storage;
  #prefix;
  #send;
  #locks;
  #isFlushing = false;
  #wanted = false;
  #timer = 0;

  /**
   * @param {{
   *   storage: KeptStorage,
   *   owner: number,
   *   send: (entry: OutboxEntry) => Promise<SendReply>,
   *   locks?: Locks | null,
   * }} options
   */
  constructor({ storage, owner, send, locks = null }) {
    super();
    this.#storage = storage;
    this.#prefix = `mindnet:outbox:${owner}:`;
    this.#send = send;
    this.#locks = locks;
  }

  /**
   * Keeps a message and starts sending it. Returns the entry.
   * @param {Pick<OutboxEntry, "room" | "content"> & Partial<OutboxEntry>} message
   */
  add({ room, content, reply_to = null, urgent = false, urgent_reason = undefined }) {
    const last = this.entries().at(-1)?.order ?? 0;
    const order = Math.max(Date.now(), last + 1);
    const nonce = newNonce();
    /** @type {OutboxEntry} */
    const entry = { nonce, room, content, reply_to, urgent, urgent_reason, order, state: "waiting", error: "" };
    this.#put(entry);
    this.emit("changed");
    this.flush();
    return entry;
  }

  /** All messages, in the order they were written. */
  entries() {
    const found = [];
    for (let i = 0; i < this.#storage.length; i++) {
      const key = this.#storage.key(i);
      const entry = key?.startsWith(this.#prefix) && this.#get(key);
      if (entry) found.push(entry);
    }
    return found.sort((a, b) => a.order - b.order);
  }

  /** @param {number} room */
  entriesOf(room) {
    return this.entries().filter((entry) => entry.room === room);
  }

  get waiting() {
    return this.entries().filter((entry) => entry.state === "waiting").length;
  }

  /** @param {string} nonce */
  retry(nonce) {
    const entry = this.#get(this.#prefix + nonce);
    if (!entry) return;
    // The server has this nonce with another text: the message needs a name of its own.
    if (entry.code === "nonce_reused") {
      this.#storage.removeItem(this.#prefix + nonce);
      entry.nonce = newNonce();
    }
    this.#put({ ...entry, state: "waiting", error: "", code: "" });
    this.emit("changed");
    this.flush();
  }

  /** What became of the messages that moderators were to look at. The nonce keeps each single. */
  async askAgain() {
    const held = this.entries().filter((entry) => entry.state === "held");
    if (held.length) await this.#locked(async () => { await Promise.all(held.map((entry) => this.#sendOne(entry))); });
  }

  /**
   * A message has come under this nonce: it was let through.
   * @param {string} nonce
   */
  said(nonce) {
    if (this.#get(this.#prefix + nonce)?.state === "held") this.discard(nonce);
  }

  /** @param {string} nonce */
  discard(nonce) {
    this.#storage.removeItem(this.#prefix + nonce);
    this.emit("changed");
  }

  /**
   * Another tab has changed the storage.
   * @param {string | null} key
   */
  heard(key) {
    if (key === null || key.startsWith(this.#prefix)) {
      this.emit("changed");
      this.flush();
    }
  }

  /** Sends what waits. Called once too often it does nothing. */
  async flush() {
    this.#wanted = true;
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    try {
      while (this.#wanted) {
        this.#wanted = false;
        await this.#locked(() => this.#sendAll());
      }
    } finally {
      this.#isFlushing = false;
    }
  }

  /** @param {() => Promise<void>} work */
  async #locked(work) {
    // Web Locks exist on HTTPS and on loopback only, and are refused where storage is. Without them the nonce alone
    // keeps messages single.
    if (!this.#locks) return work();
    let hasBegun = false;
    const begin = () => {
      hasBegun = true;
      return work();
    };
    try {
      await this.#locks.request(this.#prefix, begin);
    } catch (error) {
      if (hasBegun) throw error;
      await work();
    }
  }

  async #sendAll() {
    const waiting = this.entries().filter((entry) => entry.state === "waiting");
    for (let i = 0; i < waiting.length; i += IN_FLIGHT) {
      const results = await Promise.all(waiting.slice(i, i + IN_FLIGHT).map((entry) => this.#sendOne(entry)));
      // Going on after a passing refusal would put later messages before earlier ones.
      if (results.includes("pause")) return;
    }
  }

  /** @param {OutboxEntry} entry */
  async #sendOne(entry) {
    try {
      const reply = await this.#send(entry);
      this.#storage.removeItem(this.#prefix + entry.nonce);
      this.emit("stored", entry, reply);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.emit("refused", entry, error);
      if (PASSING.has(error.code) && !isTooUrgent(entry, error)) return this.#pause(error);
      // Discarded meanwhile in another tab: then nobody wants to hear about it.
      if (this.#get(this.#prefix + entry.nonce)) {
        const { code, message, reason, held } = error;
        const wasHeld = entry.state === "held" || held === false;
        this.#put({ ...entry, state: held ? "held" : "failed", error: message, code, reason, wasHeld });
      }
    }
    this.emit("changed");
    return "done";
  }

  /** @param {CommandError} error */
  #pause(error) {
    // A lost connection is followed by a flush when the next one is live.
    if (error.code !== "connection_lost") {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.flush(), (error.retry_after ?? PAUSE_SECONDS) * 1000);
    }
    return "pause";
  }

  /** @param {OutboxEntry} entry */
  #put(entry) {
    this.#storage.setItem(this.#prefix + entry.nonce, JSON.stringify(entry));
  }

  /**
   * @param {string} key
   * @returns {OutboxEntry | null}
   */
  #get(key) {
    const text = this.#storage.getItem(key);
    return text === null ? null : JSON.parse(text);
  }
}

/**
 * Urgency has a limit of its own, of hours: everything else must not wait for that.
 * @param {OutboxEntry} entry
 * @param {CommandError} error
 */
function isTooUrgent(entry, error) {
  return entry.urgent && error.code === "rate_limited";
}

/** A random UUID, also where the page is not a secure context and crypto.randomUUID is missing. */
export function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
