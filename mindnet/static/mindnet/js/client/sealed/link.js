/* One private mind-link: the logs of both people, one's own devices, and what was seen in the room. Pages need nothing else.

     const link = new Link({room: 12, me: 7, other: 9, own: [device]});  // or Link.restore(…, kept)
     await link.show(7, entries);  await link.show(9, entries);  // as the server has them, whenever they may have changed
     link.trouble                                             // null, or why nothing is sent, and whose log it is
     const sealed = await link.seal({nonce, text, files});    // {ok: true, content, …} | {ok: false, why}
     const opened = await link.open(message);                 // {ok: true, text, files, …} | {ok: false, why}
     await storage.put(link.kept());                          // what must outlive a reload, as plain data
     await storage.add(link.newPlaces());                     // and where messages stand; once that is kept, `know` it

   Refused as `heads`, a message names a state of a log that is not known here: fetch the logs, `show` them, open it again,
   once. Refused as `broken`, `forked`, `withheld`, `other_root`: nothing is sent any more. Another root a person may
   `accept`.

   Among those of one's own devices, `endorse` and `revoke` of device_log.js make the entries that are sent. */

import { newReactionsKey, openEnvelope, sealEnvelope } from "./envelope.js";
import { openHistory, sealHistory } from "./history.js";
import { Person } from "./person.js";
import { RoomOrder } from "./room_order.js";

/** @import { Bytes } from "./bytes.js" */
/** @import { Card, OwnDevice } from "./device.js" */
/** @import { DeviceLog, Entry, State } from "./device_log.js" */
/** @import { Opened, SealedFile, Told } from "./envelope.js" */
/** @import { Comparison } from "./pins.js" */
/** @import { Why } from "./refused.js" */
/** @import { Place, Seen } from "./room_order.js" */

/** @typedef {{ok: false, why: Why}} Refusal */
/** @typedef {Told & {id: number, seq: number}} Message */

/**
 * @typedef {object} Kept
 * @property {Record<number, Entry[][]>} logs by psychic, oldest first: more than one where somebody has started over
 * @property {Seen} seen
 */

/**
 * @typedef {object} Saying
 * @property {string} nonce
 * @property {string} text
 * @property {SealedFile[]} [files]
 * @property {number | null} [reply_to]
 * @property {number} [revision]
 * @property {Bytes} [reactions] those of the message, where this is an edit
 */

export class Link {
  #room;
  #me;
  #other;
  #own;
  /** @type {Map<number, Person>} */
  #people;
  #order;
  /** By nonce. @type {Map<string, Bytes>} */
  #contentKeys = new Map();
  /** @type {Map<string, Bytes>} */
  #handedOn = new Map();

  /**
   * @param {object} options
   * @param {number} options.room
   * @param {number} options.me
   * @param {number} options.other
   * @param {OwnDevice[]} options.own the one that sends first; behind it the recovery device, where the code was typed in
   * @param {Seen} [options.seen] of what `kept` gave
   * @param {Place[]} [options.places] of what `newPlaces` gave
   */
  constructor({ room, me, other, own, seen, places }) {
    this.#room = room;
    this.#me = me;
    this.#other = other;
    this.#own = own;
    this.#people = new Map([me, other].map((psychic) => [psychic, new Person(psychic)]));
    this.#order = new RoomOrder((psychic, head) => this.#positionOf(psychic, head), seen, places);
  }

  /**
   * A link as it was kept. The logs are checked anew; raises Refused where they do not stand the check.
   * @param {Omit<ConstructorParameters<typeof Link>[0], "seen">} options
   * @param {Kept} kept
   */
  static async restore(options, { logs, seen }) {
    const link = new Link({ ...options, seen });
    for (const psychic of link.#people.keys()) link.#people.set(psychic, await Person.restore(psychic, logs[psychic] ?? []));
    return link;
  }

  /**
   * Takes the entries of a log as the server shows them now; what is known of it already is not checked again. Answers are
   * taken in the order in which they were asked for: an older one behind a newer looks as if something were withheld.
   * @param {number} psychic
   * @param {Entry[]} entries
   * @returns {Promise<Comparison | "broken" | "unsupported">}
   */
  show(psychic, entries) {
    return this.person(psychic).show(entries);
  }

  /**
   * Takes a log that was checked.
   * @param {number} psychic
   * @param {DeviceLog} log
   * @returns {Comparison}
   */
  take(psychic, log) {
    return this.person(psychic).take(log);
  }

  /**
   * A person says that the other root is the other's, or one's own.
   * @param {number} psychic
   */
  accept(psychic) {
    this.person(psychic).accept();
  }

  /** Why nothing is sent. @returns {{why: Why, psychic: number} | null} */
  get trouble() {
    for (const [psychic, { trouble, log }] of this.#people) {
      const why = trouble ?? (log.live.size ? null : "log_missing");
      if (why) return { why, psychic };
    }
    const log = this.log(this.#me), own = this.#own[0]?.id;
    if (log.live.has(own)) return null;
    return { why: log.device(own) ? "revoked" : "not_endorsed", psychic: this.#me };
  }

  /**
   * The newest accepted log of a psychic.
   * @param {number} psychic
   */
  log(psychic) {
    return this.person(psychic).log;
  }

  /**
   * One of the two.
   * @param {number} psychic
   */
  person(psychic) {
    const person = this.#people.get(psychic);
    if (!person) throw new Error(`${psychic} is not in this mind-link`);
    return person;
  }

  /** What must outlive a reload. @returns {Kept} */
  kept() {
    const logs = [...this.#people].map(([psychic, person]) => [psychic, person.kept()]);
    return { logs: Object.fromEntries(logs), seen: this.#order.seen() };
  }

  /** Where messages stand that were opened, and is not kept yet. */
  newPlaces() {
    return this.#order.newPlaces();
  }

  /**
   * Places as they are kept by now. Gives ids of messages opened here that are copies of those: opened again, they say so.
   * @param {Place[]} places
   */
  know(places) {
    return this.#order.know(places);
  }

  /**
   * The key of a message that is gone, so that it is handed on to nobody. Its place stays known.
   * @param {string} nonce
   */
  forget(nonce) {
    this.#contentKeys.delete(nonce);
    this.#handedOn.delete(nonce);
  }

  /**
   * Seals for every live device of both. An edit comes with its `revision`, one higher, and the `reactions` of the message.
   * @param {Saying} saying
   * @returns {Promise<{ok: true, content: string, reactions: Bytes} | Refusal>}
   */
  async seal({ nonce, text, files = [], reply_to = null, revision = 0, reactions = newReactionsKey() }) {
    if (this.trouble) return { ok: false, why: this.trouble.why };
    const logs = [...this.#people.keys()].map((psychic) => this.log(psychic));
    const heads = Object.fromEntries(logs.map(({ psychic, head }) => [psychic, /** @type {string} */ (head)]));
    const about = { room: this.#room, nonce, revision, reply_to, heads };
    const cards = logs.flatMap(({ live }) => [...live.values()]);
    const sealed = await sealEnvelope(this.#own[0], about, { text, files, reactions }, cards);
    return sealed.ok ? { ok: true, content: sealed.content, reactions } : sealed;
  }

  /**
   * Opens a message. `refutes` are ids of messages opened before that are now known to be out of order: open them again, and
   * they say so.
   * @param {Message} message
   * @returns {Promise<(Opened & {ok: true, refutes: number[]}) | Refusal>}
   */
  async open(message) {
    const opened = await this.openEarlier(message);
    if (!opened.ok) return opened;
    const placed = this.#order.place({ ...message, sender: message.sender.id }, opened);
    if (!placed.ok) return placed;
    this.#contentKeys.set(message.nonce, opened.contentKey);
    return { ...opened, refutes: placed.refutes };
  }

  /**
   * Opens what a message was before an edit: whatever it says, it takes no place in the room.
   * @param {Told} message
   */
  async openEarlier(message) {
    /** @type {(why: "room" | "sender") => Refusal} */
    const elsewhere = (why) => ({ ok: false, why });
    if (message.room !== this.#room) return elsewhere("room");
    if (!this.#people.has(message.sender.id)) return elsewhere("sender");
    return openEnvelope(message, {
      own: this.#own,
      people: [this.#me, this.#other],
      stateOf: (psychic, head) => this.#stateOf(psychic, head),
      handedOn: this.#handedOn.get(message.nonce),
    });
  }

  /**
   * The content keys of all that was opened here, for a device that was endorsed.
   * @param {Card} card
   */
  async sealHistory(card) {
    return sealHistory(this.#own[0], card, this.#room, this.#contentKeys);
  }

  /**
   * What was handed on to this device: the messages it opens can be opened from now on.
   * @param {number} part
   * @param {string} sealed
   * @returns {Promise<{ok: true} | Refusal>}
   */
  async takeHistory(part, sealed) {
    const log = this.log(this.#me);
    const opened = await openHistory(sealed, { device: this.#own[0], log, room: this.#room, part });
    if (!opened.ok) return opened;
    for (const [nonce, key] of opened.keys) this.#handedOn.set(nonce, key);
    return { ok: true };
  }

  /**
   * @param {number} psychic
   * @param {string} head
   * @returns {State | null}
   */
  #stateOf(psychic, head) {
    const position = this.#positionOf(psychic, head);
    return position < 0 ? null : this.person(psychic).states[position];
  }

  /**
   * Which of all states of a psychic's logs this is, the oldest being 0; -1 for none.
   * @param {number} psychic
   * @param {string} head
   */
  #positionOf(psychic, head) {
    return this.person(psychic).states.findIndex((state) => state.head === head);
  }
}
