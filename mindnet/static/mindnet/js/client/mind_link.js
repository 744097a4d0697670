/* A private mind-link as a page has it: what is said in it is sealed on its way out, and opened for view.

     const link = new MindLink({room: 12, me, other, keyring: () => …, …});
     link.standing                        // {name: "sealed" | "plain" | "blocked" | "unknown", why, isOwn}
     await link.send(entry, request)      // of the outbox: sealed again under the same nonce where devices have changed
     link.asShown(message)                // see opened_messages.js
     link.on("changed", () => …);         // it stands otherwise than before

   `sealed`: both have devices, and this is one of one's own. `plain`: one of them has none, and the server reads along.
   `blocked`: what is said here has to be sealed, and cannot be from here. A message that was written to be sealed never
   goes out plainly unless somebody says so. */

import { CommandError } from "./connection.js";
import { Emitter } from "./emitter.js";
import { filesAnew, idsOf, isSealedFile, openedBlob, sealedFile, sealedUpload } from "./file_seals.js";
import { OpenedMessages } from "./opened_messages.js";
import { Refused } from "./sealed/refused.js";
import { sealReaction } from "./sealed/reactions.js";
import { standingWords, unsealedWords } from "./sealing_words.js";

/** @import { SendPayload, SendReply } from "./commands.js" */
/** @import { Off, OpenedFile, Said } from "./opened_messages.js" */
/** @import { OutboxEntry, OutboxFile } from "./outbox.js" */
/** @import { Link } from "./sealed/link.js" */
/** @import { SealedFile } from "./sealed/envelope.js" */
/** @import { Why } from "./sealed/refused.js" */
/** @import { DeviceList, Message, Psychic } from "./shapes.js" */

/**
 * What outlives a reload: see keyring.js.
 * @typedef {object} Keys
 * @property {(of: {room: number, other: Psychic}) => Promise<Link>} linkFor
 * @property {(link: Link, lists?: DeviceList[]) => Promise<unknown>} refresh with lists that a refusal has brought
 * @property {(link: Link) => Promise<number[]>} keep gives ids of copies that were taken for messages
 */

/**
 * `why` of what is plain: who has no device. `isOwn`: whether it is about one's own devices.
 * @typedef {object} Standing
 * @property {"sealed" | "plain" | "blocked" | "unknown"} name
 * @property {Why | Off | "both" | "me" | "other" | null} why
 * @property {boolean} isOwn
 */

/**
 * @typedef {object} LinkOptions
 * @property {number} room
 * @property {Psychic} me
 * @property {Psychic} other
 * @property {Off | null} off why nothing can be sealed in this page
 * @property {() => Promise<Keys>} keyring
 * @property {() => Promise<{me: boolean, other: boolean}>} askDevices who has one, as the server says
 * @property {(url: string) => Promise<Response>} fetchFile
 */

// Somebody's devices may change once more while it is sealed anew; more often than this they do not.
const TRIES = 4;
const AGAIN_SECONDS = 5;

/** @extends {Emitter<{changed: [], opened: [ids: number[]], gone: [files: string[]]}>} */
export class MindLink extends Emitter {
  #options;
  /** @type {Link | null} */
  #link = null;
  /** @type {Promise<void> | null} */
  #isReady = null;
  /** What was kept here does not stand the check. */
  #isBroken = false;
  /** Where nothing can be sealed here: who has a device. @type {{me: boolean, other: boolean} | null} */
  #have = null;
  #opened;
  /** One after the other: what has to be sealed anew must not come behind what was said after it. @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /** @param {LinkOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#opened = new OpenedMessages({
      link: async () => { await this.ready(); return this.#link; },
      refresh: () => this.refresh(),
      keep: async () => this.#link ? (await options.keyring()).keep(this.#link) : [],
      off: () => options.off ?? (this.#isBroken ? "broken" : null),
      isSealing: () => this.#link !== null && this.standing.name !== "plain",
    });
    for (const name of /** @type {const} */ (["opened", "gone"])) this.#opened.on(name, (it) => this.emit(name, /** @type {any} */ (it)));
  }

  get other() {
    return this.#options.other;
  }

  /** Has the logs, or raises what `fetch` raises. The next call tries again. */
  ready() {
    this.#isReady ??= this.#begin().catch((error) => {
      this.#isReady = null;
      throw error;
    });
    return this.#isReady;
  }

  async #begin() {
    const { off, room, other, keyring, askDevices } = this.#options;
    if (off) this.#have = await askDevices();
    else await this.#restore((await keyring()).linkFor({ room, other }));
    this.emit("changed");
  }

  /** @param {Promise<Link>} link */
  async #restore(link) {
    try {
      this.#link = await link;
      this.#isBroken = false;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Without what was kept here, whatever the server shows would be taken for what it always was.
      this.#isBroken = true;
    }
  }

  /**
   * Asks anew how the devices of both are, after they may have changed. Raises what `fetch` raises.
   * @param {DeviceList[]} [lists] as a refusal has brought them
   */
  async refresh(lists) {
    const { off, keyring, askDevices } = this.#options;
    if (!this.#link && !this.#have) return this.restart();
    if (off) this.#have = await askDevices();
    else if (this.#link) await (await keyring()).refresh(this.#link, lists);
    this.emit("changed");
  }

  /** This browser may have become another device, by whatever the page of devices did: all is begun anew. */
  async restart() {
    this.#isReady = null;
    await this.ready();
    this.#opened.again();
  }

  /** What could not be read is tried again, with what is known now. */
  again() {
    this.#opened.again();
  }

  /** @returns {Standing} */
  get standing() {
    const { off, me, other } = this.#options;
    if (off && this.#have) return this.#have.me && this.#have.other ? standing("blocked", off, true) : plain(this.#have);
    const link = this.#link;
    if (this.#isBroken) return standing("blocked", "broken", true);
    if (!link) return standing("unknown", null, false);
    const { trouble } = link;
    if (!trouble) return standing("sealed", null, false);
    if (trouble.why !== "log_missing") return standing("blocked", trouble.why, trouble.psychic === me.id);
    return plain({ me: link.log(me.id).live.size > 0, other: link.log(other.id).live.size > 0 });
  }

  /** @param {Message} message */
  asShown(message) {
    return this.#opened.asShown(message);
  }

  /**
   * Opens messages for whoever asks what they say right after. Raises where the server is not reached.
   * @param {Message[]} messages
   */
  open(messages) {
    return this.#opened.open(messages);
  }

  /**
   * A message is gone: nothing of what it said stays here.
   * @param {Pick<Message, "id" | "nonce">} message
   */
  forget(message) {
    this.#opened.forget(message);
    this.#link?.forget(message.nonce);
  }

  /** Nothing stays of what was said. */
  forgetAll() { this.#opened.forgetAll(); }

  // Saying

  /**
   * Sends a message of the outbox. Gives the reply with what was sent. Raises CommandError.
   * @param {OutboxEntry} entry
   * @param {(payload: SendPayload) => Promise<SendReply>} request
   */
  send(entry, request) {
    return this.#inTurn(() => this.persistently(async () => {
      const payload = await this.#payloadOf(entry);
      return { payload, reply: await request(payload) };
    }));
  }

  /**
   * A new text for one's own message. Raises CommandError.
   * @param {Message} message as the server has it
   * @param {string} text
   * @param {(payload: {id: number, content: string}) => Promise<Message>} request
   */
  edit(message, text, request) {
    const { id, nonce, reply_to } = message;
    if (message.message_type !== "sealed") return this.#editPlainly({ id, content: text }, request);
    return this.persistently(async () => {
      const said = await this.#opened.saidBy(message);
      if (!said) throw refused("cannot_seal", "This message cannot be opened here, so it cannot be changed.");
      const edited = { ...said, text, revision: said.revision + 1 };
      const content = await this.#sealed({ nonce, reply_to, ...edited });
      this.#opened.know(nonce, content, edited);
      return request({ id, content });
    }).catch((error) => { throw isOutrun(error) ? refused("conflict", "It was changed elsewhere meanwhile. Correct it once more.") : error; });
  }

  /**
   * @param {{id: number, content: string}} payload
   * @param {(payload: {id: number, content: string}) => Promise<Message>} request
   */
  async #editPlainly(payload, request) {
    try {
      return await request(payload);
    } catch (error) {
      if (!isAboutDevices(error)) throw error;
      await orUnavailable(this.refresh());
      throw refused("cannot_seal", "What is said here is sealed by now, and this was not: it stays as it is, or is deleted.");
    }
  }

  /**
   * What is sent for a reaction: on a sealed message a token.
   * @param {Message} message as the server has it
   * @param {string} emoji
   * @param {boolean} on whether it is given, or taken back
   */
  async reaction(message, emoji, on) {
    if (message.message_type !== "sealed") return emoji;
    const { id } = this.#options.me, said = await this.#opened.saidBy(message);
    if (!said) throw refused("cannot_seal", "This message cannot be opened here.");
    const given = on ? null : await this.#opened.tokenOn(message, id, emoji);
    return given ?? sealReaction(said.reactions, id, emoji);
  }

  /**
   * Does `work`, again where the server says that devices have changed. Raises CommandError.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async persistently(work) {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!isAboutDevices(error)) throw error;
        if (tries === TRIES) throw refused("unavailable", "Devices keep changing. Try again in a moment.", AGAIN_SECONDS);
        await orUnavailable(this.refresh(error.lists));
      }
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #inTurn(work) {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * @param {OutboxEntry} entry
   * @returns {Promise<SendPayload>}
   */
  async #payloadOf({ nonce, room, content, reply_to, urgent, urgent_reason, files = [], link }) {
    await orUnavailable(this.ready());
    const common = { room, nonce, reply_to, urgent }, attachments = idsOf(files);
    if (this.#isPlain(Boolean(link?.isSealed))) {
      if (files.some(isSealedFile)) throw filesAnew();
      return { ...common, urgent_reason, content, ...attachments.length ? { message_type: "file", attachments } : {} };
    }
    if (!files.every(isSealedFile)) throw filesAnew();
    // Why it cannot wait is said within: beside the envelope the server would read it.
    const text = [urgent_reason, content].filter(Boolean).join("\n\n");
    const said = { text, files: files.map(sealedFile), revision: 0 };
    const sealed = await this.#sealed({ nonce, reply_to, ...said });
    return { ...common, content: sealed, message_type: "sealed", ...attachments.length ? { attachments } : {} };
  }

  /**
   * Whether what is said now goes out plainly. Raises where it shall not, and cannot be sealed.
   * @param {boolean} shallBeSealed
   */
  #isPlain(shallBeSealed) {
    const { standing: now, other } = this;
    if (now.name === "blocked") throw refused("cannot_seal", standingWords(now, other.username));
    if (now.name === "plain" && shallBeSealed) throw refused("unsealed", unsealedWords(other.username));
    return now.name === "plain";
  }

  /**
   * @param {{nonce: string, text: string, files: SealedFile[], reply_to: number | null, revision: number,
   *   reactions?: Said["reactions"]}} saying
   */
  async #sealed(saying) {
    const link = this.#link;
    if (!link || this.#isPlain(true)) throw refused("unavailable", "It is not known yet for whom to seal.", AGAIN_SECONDS);
    let sealed = await link.seal(saying), { files } = saying;
    if (!sealed.ok && sealed.why === "too_large" && files.some(({ thumbnail }) => thumbnail)) {
      files = files.map((file) => ({ ...file, thumbnail: null }));
      sealed = await link.seal({ ...saying, files });
    }
    if (!sealed.ok) throw refused("cannot_seal", sealed.why === "too_large" ? "This is too long to be sealed. Say it in two."
      : standingWords(standing("blocked", sealed.why, false), this.other.username));
    const { text, revision } = saying;
    this.#opened.know(saying.nonce, sealed.content, { text, files, revision, reactions: sealed.reactions });
    return sealed.content;
  }

  // Files

  /**
   * What is uploaded of a file: sealed, or as it is. The same again gives the same bytes. Raises CommandError.
   * @param {OutboxEntry} entry
   * @param {OutboxFile} file
   * @param {Blob} blob
   */
  async forUpload({ link }, { sealed, unfit, name }, blob) {
    await orUnavailable(this.ready());
    if (this.#isPlain(Boolean(link?.isSealed))) return { name, blob };
    if (!sealed) throw refused("file_gone", unfit ?? "This file was not made ready to be sealed. Choose it again.");
    return sealedUpload(blob, sealed.key);
  }

  /**
   * A file of a message, opened. Raises where it is not what was sealed, or not to be had.
   * @param {OpenedFile} file
   */
  async openFile(file) {
    if (!file.url) throw new Error("The server does not have this file.");
    return openedBlob(await this.#options.fetchFile(file.url), file);
  }
}

/**
 * @param {Standing["name"]} name
 * @param {Standing["why"]} why
 * @param {boolean} isOwn
 * @returns {Standing}
 */
function standing(name, why, isOwn) {
  return { name, why, isOwn };
}

/** @param {{me: boolean, other: boolean}} have a device */
function plain({ me, other }) {
  return standing("plain", me ? "other" : other ? "me" : "both", !me);
}

/**
 * @param {string} code
 * @param {string} detail
 * @param {number} [seconds]
 */
function refused(code, detail, seconds) {
  return new CommandError({ code, detail, retry_after: seconds });
}

/**
 * What the outbox tries again by itself, where the logs are not to be had.
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
async function orUnavailable(work) {
  try {
    return await work;
  } catch {
    throw refused("unavailable", "The server is not reached. Try again in a moment.", AGAIN_SECONDS);
  }
}

/**
 * Whether another correction of the same message came first.
 * @param {unknown} error
 */
function isOutrun(error) {
  return error instanceof CommandError && error.code === "conflict" && error.message.includes("revision");
}

/**
 * @param {unknown} error
 * @returns {error is CommandError}
 */
function isAboutDevices(error) {
  return error instanceof CommandError && ["device_list_changed", "sealed_required"].includes(error.code);
}
