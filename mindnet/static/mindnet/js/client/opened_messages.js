/* The sealed messages of one mind-link, opened for view. What is kept in an open room stays as the server has it.

     const opened = new OpenedMessages({link: () => …, refresh: () => …, why: () => null});
     opened.asShown(message)                 // the message as it is drawn; opened now, or as soon as it can be
     opened.on("opened", (ids) => …);        // these are drawn otherwise from now on
     opened.forget(message);                 // it was deleted, or has become too old

   A message is opened when it is first drawn, and again when its text or its reactions have changed. Nothing of an envelope
   is ever in what is drawn. */

import { Emitter } from "./emitter.js";
import { openReaction } from "./sealed/reactions.js";
import { closedWords } from "./sealing_words.js";
import { isSameEmoji } from "./text.js";

/** @import { Bytes } from "./sealed/bytes.js" */
/** @import { SealedFile } from "./sealed/envelope.js" */
/** @import { Link } from "./sealed/link.js" */
/** @import { Why } from "./sealed/refused.js" */
/** @import { Attachment, Message } from "./shapes.js" */

/** Why a page can seal nothing at all. @typedef {"insecure" | "algorithms" | "storage"} Off */
/** Why a message is not shown. @typedef {Why | Off | "opening"} Closed */
/** A file of a sealed message: its bytes at `url` are sealed with `key`. @typedef {Attachment & {key: Bytes}} OpenedFile */

/**
 * As it is drawn. `words` stand in the place of what cannot be shown; `is_plain`: said without being sealed.
 * @typedef {Message & {words?: string, is_plain?: boolean, is_opened?: boolean}} Shown
 */

/** What a message says. @typedef {{text: string, files: SealedFile[], reactions: Bytes, revision: number}} Said */

/**
 * @typedef {object} Held
 * @property {Message} message as it was opened
 * @property {Said | null} said null where it cannot be read
 * @property {Closed | null} why
 * @property {Record<string, number[]>} reactions emoji -> ids of psychics
 * @property {boolean} [isStale] it is opened again when it is next drawn: it may be read by now, or be out of place
 */

/** `gone`: files that nobody is to see any more. @extends {Emitter<{opened: [ids: number[]], gone: [files: string[]]}>} */
export class OpenedMessages extends Emitter {
  #options;
  /** @type {Map<number, Held>} */
  #held = new Map();
  /** What is said by oneself from here, by nonce, until it is opened as others open it. @type {Map<string, {content: string, said: Said}>} */
  #ours = new Map();
  /** Where messages stand that were opened, by sender and nonce. @type {Map<string, {id: number, seq: number}>} */
  #first = new Map();
  /** @type {Map<number, Message>} */
  #wanted = new Map();
  /** Deleted ones: what is being opened meanwhile is not held after all. @type {Set<number>} */
  #gone = new Set();
  #isOpening = false;

  /**
   * `link` gives the link once it is there, and raises where the server is not reached; `refresh` fetches the logs anew;
   * `keep` has what was seen outlive a reload, and gives ids of copies it has found; `off` says why nothing can be opened
   * here; `isSealing` whether what is said now is sealed.
   * @param {object} options
   * @param {() => Promise<Link | null>} options.link
   * @param {() => Promise<void>} options.refresh
   * @param {() => Promise<number[]>} options.keep
   * @param {() => Off | "broken" | null} options.off
   * @param {() => boolean} options.isSealing
   */
  constructor(options) {
    super();
    this.#options = options;
  }

  /**
   * @param {Message} message
   * @returns {Shown}
   */
  asShown(message) {
    if (message.deleted) return message;
    if (message.message_type !== "sealed") return this.#options.isSealing() ? { ...message, is_plain: true } : message;
    const off = this.#options.off(), held = this.#held.get(message.id);
    if (off) return closed(message, off);
    if (!held || held.isStale || isOther(held.message, message)) this.#want(message);
    const ours = held?.message.content === message.content ? null : this.#ours.get(message.nonce);
    if (ours?.content === message.content) return openedShown(message, ours.said, held?.reactions ?? {});
    return held?.said ? openedShown(message, held.said, held.reactions) : closed(message, held?.why ?? "opening");
  }

  /**
   * What a message says, opened now. Null where it cannot be read, as `asShown` then says.
   * @param {Message} message
   * @returns {Promise<Said | null>}
   */
  async saidBy(message) {
    const held = this.#held.get(message.id);
    if (held && !held.isStale && !isOther(held.message, message)) return held.said;
    await this.open([message]);
    return this.#held.get(message.id)?.said ?? null;
  }

  /**
   * One's own words, on their way: they are shown as they are before they have come back.
   * @param {string} nonce
   * @param {string} content sealed
   * @param {Said} said
   */
  know(nonce, content, said) {
    this.#ours.set(nonce, { content, said });
  }

  /**
   * Nothing of what a message has said stays.
   * @param {Pick<Message, "id" | "nonce">} message
   */
  forget({ id, nonce }) {
    const said = this.#held.get(id)?.said ?? this.#ours.get(nonce)?.said;
    this.#gone.add(id);
    this.#held.delete(id);
    this.#wanted.delete(id);
    this.#ours.delete(nonce);
    if (said?.files.length) this.emit("gone", said.files.map((file) => file.id));
  }

  /** Other messages are shown from now on, and of those before it is not known whether they are there still. */
  forgetAll() {
    const files = [...this.#held.values()].flatMap(({ said }) => said?.files ?? []);
    this.#held.clear();
    this.#wanted.clear();
    this.#gone.clear();
    if (files.length) this.emit("gone", files.map((file) => file.id));
  }

  /** Other logs or keys are known than before: what could not be read is tried again. */
  again() {
    const ids = [...this.#held].filter(([, { said }]) => !said).map(([id]) => id);
    for (const id of ids) this.#held.set(id, { .../** @type {Held} */ (this.#held.get(id)), isStale: true });
    // Those that wait for the link are drawn as well: meanwhile it may be known why there is none.
    const all = [...new Set([...ids, ...this.#wanted.keys()])];
    if (all.length) this.emit("opened", all);
  }

  /**
   * The token of a psychic's own reaction as it stands on a message, null where there is none.
   * @param {Message} message
   * @param {number} psychic
   * @param {string} emoji
   */
  async tokenOn(message, psychic, emoji) {
    const said = await this.saidBy(message);
    for (const [token, ids] of Object.entries(message.reactions)) {
      if (!said || !ids.includes(psychic)) continue;
      const opened = await openReaction(said.reactions, token, psychic);
      if (opened.ok && isSameEmoji(opened.emoji, emoji)) return token;
    }
    return null;
  }

  /** @param {Message} message */
  #want(message) {
    this.#wanted.set(message.id, message);
    // A whole page is drawn at once.
    queueMicrotask(() => this.#openWanted());
  }

  async #openWanted() {
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      while (this.#wanted.size) {
        const messages = [...this.#wanted.values()].sort((one, other) => one.seq - other.seq);
        const refuted = await this.open(messages);
        for (const { id, content } of messages) if (this.#wanted.get(id)?.content === content) this.#wanted.delete(id);
        this.emit("opened", [...messages.map(({ id }) => id), ...refuted]);
      }
    } catch {
      // The server is not reached: `again` is called when it is.
    } finally {
      this.#isOpening = false;
    }
  }

  /**
   * Opens messages, oldest first, and keeps what they say. Returns the ids of others that are out of order, as is known now.
   * Raises where the logs are not to be had.
   * @param {Message[]} messages
   */
  async open(messages) {
    const link = await this.#options.link();
    if (!link) throw new Error("Nothing can be opened here.");
    let opened = await openAll(link, messages);
    if (opened.some(({ why }) => why === "heads")) {
      await this.#options.refresh();
      opened = await openAll(link, messages);
    }
    for (const held of opened) if (!this.#gone.has(held.message.id)) this.#held.set(held.message.id, this.#inItsPlace(held));
    // A storage that is full keeps nobody from reading: the next page has to learn what this one has seen.
    const copies = await this.#options.keep().catch(() => []);
    const refuted = [...opened.flatMap(({ refutes }) => refutes), ...copies];
    for (const id of refuted) this.#refute(id);
    return refuted;
  }

  /**
   * A link that was begun anew has forgotten what was opened by the one before: the same once more is noticed here. The one
   * that stands first is the message.
   * @param {Held} held
   * @returns {Held}
   */
  #inItsPlace(held) {
    const { id, seq } = held.message, name = nameOf(held.message), first = this.#first.get(name);
    if (!held.said) return held;
    if (first && first.seq < seq) return { ...held, said: null, why: "replayed" };
    if (first && first.id !== id) this.#refute(first.id);
    this.#first.set(name, { id, seq });
    return held;
  }

  /**
   * Opened again, it says why it is out of place.
   * @param {number} id
   */
  #refute(id) {
    const held = this.#held.get(id);
    if (held) this.#held.set(id, { ...held, isStale: true });
  }
}

/**
 * Many at once; but of those with one name the first is opened before the others.
 * @param {Link} link
 * @param {Message[]} messages oldest first
 */
async function openAll(link, messages) {
  const names = messages.map(nameOf), isFirst = (/** @type {unknown} */ _, /** @type {number} */ at) => names.indexOf(names[at]) === at;
  const firsts = await openEach(link, messages.filter(isFirst));
  return [...firsts, ...await openEach(link, messages.filter((one, at) => !isFirst(one, at)))];
}

/**
 * A nonce is its sender's: the other may choose the same.
 * @param {Message} message
 */
function nameOf({ sender, nonce }) {
  return `${sender.id} ${nonce}`;
}

/**
 * @param {Link} link
 * @param {Message[]} messages
 */
function openEach(link, messages) {
  return Promise.all(messages.map(async (message) => {
    const opened = await link.open(message);
    if (!opened.ok) return { message, said: null, why: opened.why, reactions: {}, refutes: [] };
    const { text, files, reactions: key, revision, refutes } = opened;
    const reactions = await openReactions(key, message.reactions);
    return { message, said: { text, files, reactions: key, revision }, why: null, reactions, refutes };
  }));
}

/**
 * By emoji. A token counts for those alone whom it names itself.
 * @param {Bytes} key
 * @param {Record<string, number[]>} given
 */
async function openReactions(key, given) {
  /** @type {Record<string, number[]>} */
  const found = {};
  for (const [token, ids] of Object.entries(given)) {
    for (const id of ids) {
      const opened = await openReaction(key, token, id);
      if (!opened.ok) continue;
      const emoji = Object.keys(found).find((one) => isSameEmoji(one, opened.emoji)) ?? opened.emoji;
      found[emoji] = [...new Set([...found[emoji] ?? [], id])];
    }
  }
  return found;
}

/**
 * @param {Message} one
 * @param {Message} other
 */
function isOther(one, other) {
  return one.content !== other.content || JSON.stringify(one.reactions) !== JSON.stringify(other.reactions);
}

/**
 * @param {Message} message
 * @param {Closed} why
 * @returns {Shown}
 */
function closed(message, why) {
  return { ...message, content: "", attachments: [], reactions: {}, words: closedWords(why) };
}

/**
 * @param {Message} message
 * @param {Said} said
 * @param {Record<string, number[]>} reactions
 * @returns {Shown}
 */
function openedShown(message, { text, files }, reactions) {
  const attachments = files.map((file) => openedFile(file, message.attachments));
  const type = files.length ? "file" : "text";
  return { ...message, message_type: type, content: text, attachments, reactions, is_opened: true };
}

/**
 * What the box says of a file, and where the server has it. What the server has beside those, nobody has sealed.
 * @param {SealedFile} file
 * @param {Attachment[]} stored
 * @returns {OpenedFile}
 */
function openedFile({ thumbnail, ...file }, stored) {
  return { ...file, thumbnail_url: thumbnail, url: stored.find(({ id }) => id === file.id)?.url ?? "" };
}
