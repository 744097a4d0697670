/* Messages on their way out. They survive a reload, a crash and being offline, and all tabs of this browser share them.

     const outbox = new Outbox({storage: localStorage, locks: navigator.locks, owner: me.id, send: (entry) => …});
     outbox.add({room: 12, content: "hello"});
     outbox.flush();                       // whenever a connection has become live
     outbox.on("changed", () => …);        // redraw entriesOf(room)
     outbox.on("stored", (entry, reply) => …);
     outbox.on("progress", (file, part) => …);

   Each message has a nonce from the first moment. The server stores a nonce once, whoever sends it how often ever: that
   is what makes trying again safe. The lock only spares the second tab the work. One storage key holds one message, so
   that two tabs writing at once cannot overwrite each other (kept_entries.js).

   States: `waiting`, then gone once stored. `failed` with `error` when the server has refused it for good; it stays
   until `retry` or `discard`. `held` while a moderator is to look at it first: the server has it, and is asked again
   what became of it (`askAgain`); let through, it is gone once it comes as a message (`said`).

   A message may have files (files.js keeps their bytes). They go first, one after another (freight.js), and then the
   message that names them. Words do not wait for them: what was written after a film may be said before it. Messages
   with files keep their order among themselves, and so do those without. */

import { CommandError } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Freight, isLoading } from "./freight.js";
import { KeptEntries } from "./kept_entries.js";
import { Lane } from "./lane.js";

/** @import { SendReply } from "./commands.js" */
/** @import { Upload } from "./freight.js" */
/** @import { Locks } from "./lane.js" */
/** @import { SealedFile } from "./sealed/envelope.js" */
/** @import { Attachment, Psychic } from "./shapes.js" */

// How many messages are on the wire without an answer. The server answers in order.
const IN_FLIGHT = 10;

/**
 * A file of a message on its way out. `key` names its bytes in this browser, `nonce` the upload.
 * @typedef {object} OutboxFile
 * @property {string} key
 * @property {string} nonce
 * @property {string} name
 * @property {string} type as the browser has it, or ""
 * @property {number} size in bytes
 * @property {boolean} [unkept] it is in the memory of this page only
 * @property {Attachment} [attachment] once the server has it
 * @property {FileSeal} [sealed] where it may have to be sealed
 * @property {string} [unfit] why it is not to be sealed as it is, for a person
 */

/**
 * The key of a file, as text, and what its message says of it.
 * @typedef {{key: string} & Pick<SealedFile, "width" | "height" | "seconds" | "thumbnail">} FileSeal
 */

/**
 * Of a message in a mind-link: with whom it is, and whether it was written to be sealed.
 * @typedef {{other: Psychic, isSealed: boolean}} EntryLink
 */

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
 * @property {OutboxFile[]} [files]
 * @property {boolean} [isAnew] the server had lost its files: they are uploaded once more
 * @property {EntryLink} [link]
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

/**
 * `progress` is of the file that is being sent, 0 to 1; `done` names the files whose bytes nobody needs any more, `left`
 * what the server has of files that no message will take.
 * @extends {Emitter<{
 *   changed: [], stored: [OutboxEntry, SendReply], refused: [OutboxEntry, CommandError],
 *   progress: [OutboxFile, number], done: [keys: string[]], left: [Attachment[]],
 * }>}
 */
export class Outbox extends Emitter {
  #entries;
  #send;
  #words;
  #freight;

  /**
   * @param {{
   *   storage: KeptStorage,
   *   owner: number,
   *   send: (entry: OutboxEntry) => Promise<SendReply>,
   *   upload?: Upload,
   *   locks?: Locks | null,
   * }} options
   */
  constructor({ storage, owner, send, upload = takesNoFiles, locks = null }) {
    super();
    this.#entries = new KeptEntries(storage, `mindnet:outbox:${owner}:`);
    this.#send = send;
    this.#words = new Lane(this.#entries.prefix, () => this.#sendAll(), locks);
    this.#freight = new Freight({ name: `mindnet:freight:${owner}`, entries: this.#entries, upload, locks });
    this.#freight.on("progress", (file, part) => this.emit("progress", file, part));
    this.#freight.on("changed", () => this.emit("changed"));
    this.#freight.on("loaded", () => this.#words.run());
    this.#freight.on("left", (attachment) => this.emit("left", [attachment]));
    this.#freight.on("refused", (entry, error) => this.emit("refused", entry, error));
    this.#freight.on("failed", (entry, error, file) => this.#failed(entry, error, file));
  }

  /**
   * Keeps a message and starts sending it. Returns the entry.
   * @param {Pick<OutboxEntry, "room" | "content"> & Partial<OutboxEntry>} message
   */
  add({ room, content, reply_to = null, urgent = false, urgent_reason = undefined, files = [], link }) {
    const last = this.entries().at(-1)?.order ?? 0;
    const order = Math.max(Date.now(), last + 1);
    const nonce = newNonce();
    /** @type {OutboxEntry} */
    const entry = { nonce, room, content, reply_to, urgent, urgent_reason, order, state: "waiting", error: "", link };
    if (files.length) entry.files = files;
    this.#entries.put(entry);
    this.emit("changed");
    this.flush();
    return entry;
  }

  /** All messages, in the order they were written. */
  entries() {
    return this.#entries.all();
  }

  /** @param {number} room */
  entriesOf(room) {
    return this.entries().filter((entry) => entry.room === room);
  }

  get waiting() {
    return this.entries().filter((entry) => entry.state === "waiting").length;
  }

  /** Whether something would be gone with the page. */
  get isHolding() {
    return this.#entries.isHolding;
  }

  /**
   * How far a file has come, 0 to 1; null of one that is not being sent from here.
   * @param {string} key
   */
  partOf(key) {
    return this.#freight.partOf(key);
  }

  /** @param {string} nonce */
  retry(nonce) {
    const entry = this.#entries.get(nonce);
    if (!entry) return;
    // The server has this nonce with another text, or file, or one that was taken away: it needs a name of its own.
    if (entry.code === "nonce_reused" || entry.code === "conflict") {
      this.#entries.remove(nonce);
      entry.nonce = newNonce();
      entry.files = entry.files?.map((file) => (file.attachment ? file : { ...file, nonce: newNonce() }));
    }
    // Somebody has read that it is not sealed any more, and wants it sent.
    if (entry.code === "unsealed" && entry.link) entry.link.isSealed = false;
    this.#entries.put({ ...entry, state: "waiting", error: "", code: "" });
    this.emit("changed");
    this.flush();
  }

  /** What became of the messages that moderators were to look at. The nonce keeps each single. */
  async askAgain() {
    const held = this.entries().filter((entry) => entry.state === "held");
    if (!held.length) return;
    await this.#words.locked(async () => { await Promise.all(held.map((entry) => this.#sendOne(entry))); });
  }

  /**
   * A message has come under this nonce: it was let through.
   * @param {string} nonce
   */
  said(nonce) {
    if (this.#entries.get(nonce)?.state === "held") this.#drop(nonce);
  }

  /**
   * The message is not to be sent.
   * @param {string} nonce
   */
  discard(nonce) {
    const entry = this.#entries.get(nonce);
    this.#drop(nonce);
    this.#leave(entry, entry?.files);
  }

  /** @param {string} nonce */
  #drop(nonce) {
    const keys = keysOf(this.#entries.get(nonce));
    this.#entries.remove(nonce);
    this.#forget(keys);
    this.emit("changed");
  }

  /**
   * A held message has its files, and one that a moderator did not let through has lost them.
   * @param {OutboxEntry | null} entry
   * @param {OutboxFile[]} [files] of it, that it does not take
   */
  #leave(entry, files = []) {
    const attachments = files.flatMap(({ attachment }) => attachment ?? []);
    if (attachments.length && entry?.state !== "held" && !entry?.wasHeld) this.emit("left", attachments);
  }

  /**
   * Sends a message without one of its files; without the last of them and without words there is no message left.
   * @param {string} nonce
   * @param {string} key of the file
   */
  leaveOut(nonce, key) {
    const entry = this.#entries.get(nonce);
    const files = entry?.files?.filter((file) => file.key !== key) ?? [];
    if (!entry || (!files.length && !entry.content)) return this.discard(nonce);
    this.#entries.put({ ...entry, files });
    this.#forget([key]);
    this.#leave(entry, entry.files?.filter((file) => file.key === key));
    this.emit("changed");
    this.flush();
  }

  /**
   * Another tab has changed the storage.
   * @param {string | null} key
   */
  heard(key) {
    if (key === null || key.startsWith(this.#entries.prefix)) {
      this.#freight.cancelDiscarded();
      this.emit("changed");
      this.flush();
    }
  }

  /** Sends what waits. Called once too often it does nothing. */
  async flush() {
    this.#freight.run();
    await this.#words.run();
  }

  async #sendAll() {
    const waiting = this.entries().filter((entry) => entry.state === "waiting" && !isLoading(entry));
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
      this.#entries.remove(entry.nonce);
      this.emit("stored", entry, reply);
      this.#forget(keysOf(entry));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.emit("refused", entry, error);
      if (error.isPassing && !isTooUrgent(entry, error)) return this.#pause(error);
      if (isAboutFiles(entry, error)) this.#uploadAnew(entry);
      else this.#failed(entry, error);
    }
    this.emit("changed");
    return "done";
  }

  /**
   * The server has waited too long for the message, and swept its files away.
   * @param {OutboxEntry} entry
   */
  #uploadAnew(entry) {
    if (!this.#entries.get(entry.nonce)) return;
    const files = entry.files?.map((file) => ({ ...file, nonce: newNonce(), attachment: undefined }));
    this.#entries.put({ ...entry, files, isAnew: true });
    this.flush();
  }

  /**
   * @param {OutboxEntry} entry
   * @param {CommandError} error
   * @param {OutboxFile} [file] of which it is said
   */
  #failed(entry, { code, message, reason, held }, file) {
    // Discarded meanwhile, perhaps in another tab: then nobody wants to hear about it.
    const now = this.#entries.get(entry.nonce);
    if (!now) return;
    // A moderator gives a reason: without one it was its sender who took it back.
    if (held === false && reason === "") return this.#drop(entry.nonce);
    const wasHeld = entry.state === "held" || held === false;
    const error = file && (now.files?.length ?? 0) > 1 ? `${file.name}: ${message}` : message;
    this.#entries.put({ ...now, state: held ? "held" : "failed", error, code, reason, wasHeld });
  }

  /** @param {CommandError} error */
  #pause(error) {
    // A lost connection is followed by a flush when the next one is live.
    if (error.code !== "connection_lost") this.#words.runIn(error.retry_after);
    return "pause";
  }

  /** @param {string[]} keys */
  #forget(keys) {
    this.#freight.cancel(keys);
    if (keys.length) this.emit("done", keys);
  }
}

/** @type {Upload} */
async function takesNoFiles() {
  throw new CommandError({ code: "file_gone", detail: "No files are sent from here." });
}

/** @param {OutboxEntry | null} entry */
function keysOf(entry) {
  return (entry?.files ?? []).map(({ key }) => key);
}

/**
 * Whether a message was refused for its files, and not yet for the second time.
 * @param {OutboxEntry} entry
 * @param {CommandError} error
 */
function isAboutFiles({ files, isAnew }, { code, message }) {
  return Boolean(files) && !isAnew && code === "invalid_payload" && message.startsWith("attachments:");
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
