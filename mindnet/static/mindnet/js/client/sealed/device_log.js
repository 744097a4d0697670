/* The log of a psychic's devices: who was added by whom, who was revoked, in what order. Its head stands for all of it.

     const read = await readLog(7, entries);              // {ok: true, log} | {ok: false, why, n}
     read.log.live.get(id);  read.log.head;  read.log.at(read.log.numberOf(head)).live
     const entry = await endorse(log, me, card, now);     // to be sent; then await log.add(entry)

   A log never changes: `add` gives another. The numbers are those of the rules in docs/sealed.md. */

import { b64, hash, utf8 } from "./bytes.js";
import { check, ID_BYTES, readCard, sign } from "./device.js";
import { binary, object, oneOf, read, string, whole, written } from "./reading.js";
import { outcome, refuse, Refused } from "./refused.js";

/** @import { Card, OwnDevice } from "./device.js" */
/** @import { Why } from "./refused.js" */

/** @typedef {{statement: string, signature: string}} Entry */
/** How things stood after an entry. @typedef {{head: string, live: Map<string, Card>}} State */
/** @typedef {ReturnType<typeof readStatement>} Statement */

const LABEL = "mindnet device log";
export const DEVICES_MOST = 10;
const HASH_BYTES = 32;

const COMMON = {
  v: oneOf(1),
  psychic: whole(1),
  n: whole(0),
  previous: (/** @type {unknown} */ value) => value === null ? null : written(HASH_BYTES)(value),
  deed: oneOf("root", "endorse", "revoke"),
  device: written(ID_BYTES),
  by: written(ID_BYTES),
  at: string(1, 40),
};
const REVOKING = object(COMMON);
const ADDING = object({ ...COMMON, card: string(1, 1024), card_signature: string(86, 86) });

const ENTRY = object({ statement: string(1, 4096), signature: binary(64) });

/** @param {string} text */
function readStatement(text) {
  return read(text, (value) => {
    const isRevoking = /** @type {{deed?: unknown} | null} */ (value)?.deed === "revoke";
    return isRevoking ? { ...REVOKING(value), card: null, card_signature: null } : ADDING(value);
  });
}

export class DeviceLog {
  #devices;

  /**
   * @param {number} psychic
   * @param {Entry[]} entries
   * @param {State[]} states one an entry
   * @param {Map<string, Card>} devices all there ever were, the root first
   */
  constructor(psychic, entries = [], states = [], devices = new Map()) {
    this.psychic = psychic;
    this.entries = entries;
    this.states = states;
    this.#devices = devices;
  }

  /** How many entries there are: the number of the next one. */
  get length() {
    return this.entries.length;
  }

  /** The id of the first device; null while there is none. */
  get root() {
    return this.#devices.keys().next().value ?? null;
  }

  get head() {
    return this.states.at(-1)?.head ?? null;
  }

  /** The devices that are live now. @returns {Map<string, Card>} */
  get live() {
    return this.states.at(-1)?.live ?? new Map();
  }

  /**
   * A device that is or was in it.
   * @param {string} id
   */
  device(id) {
    return this.#devices.get(id) ?? null;
  }

  /**
   * The number of the entry of which this was the head.
   * @param {string} head
   * @returns {number | null}
   */
  numberOf(head) {
    const number = this.states.findIndex((state) => state.head === head);
    return number < 0 ? null : number;
  }

  /**
   * The log with one entry more. Raises Refused.
   * @param {Entry} entry
   */
  async add(entry) {
    const { statement, signature } = ENTRY(entry), said = readStatement(statement);
    // Rule 4.
    if (said.psychic !== this.psychic) refuse("psychic");
    if (said.n !== this.length) refuse("number");
    if (said.previous !== this.head) refuse("previous");
    // Rule 1.
    if ((said.deed === "root") !== (this.length === 0)) refuse("deed");
    const root = said.deed === "root" ? await this.#cardOf(said) : null;
    // Rule 2. The root answers for itself.
    const by = root ?? this.live.get(said.by);
    if (!by || by.id !== said.by) return refuse("by");
    await check("signature", by, LABEL, signature, utf8(statement));
    const card = root ?? (said.deed === "endorse" ? await this.#cardOf(said) : null);
    const live = card ? this.#with(card) : this.#without(said.device);
    const head = b64(await hash(LABEL, utf8(statement), new Uint8Array(1), signature));
    return new DeviceLog(this.psychic, [...this.entries, entry], [...this.states, { head, live }],
      card ? new Map([...this.#devices, [card.id, card]]) : this.#devices);
  }

  /** @param {Statement} said */
  async #cardOf({ card: text, card_signature: signature, device, deed }) {
    const card = await readCard(/** @type {string} */ (text), /** @type {string} */ (signature));
    if (card.psychic !== this.psychic || card.id !== device) refuse("card");
    if (deed === "root" && card.kind !== "device") refuse("card");
    return card;
  }

  /**
   * Rule 3.
   * @param {Card} card
   */
  #with(card) {
    if (this.#devices.has(card.id)) refuse("again");
    const ofKind = [...this.live.values()].filter(({ kind }) => kind === card.kind).length;
    if (ofKind >= (card.kind === "recovery" ? 1 : DEVICES_MOST)) refuse("many");
    return new Map([...this.live, [card.id, card]]);
  }

  /** @param {string} id */
  #without(id) {
    if (!this.live.has(id)) refuse("unknown");
    return new Map([...this.live].filter(([one]) => one !== id));
  }
}

/**
 * Reads and checks a whole log, or what has come to one that was checked. Where it is refused, `n` is the entry.
 * @param {number} psychic
 * @param {Entry[]} entries from `log` on
 * @param {DeviceLog} [log]
 * @returns {Promise<{ok: true, log: DeviceLog} | {ok: false, why: Why, n: number}>}
 */
export async function readLog(psychic, entries, log = new DeviceLog(psychic)) {
  if (!Array.isArray(entries)) return { ok: false, why: "shape", n: log.length };
  for (const entry of entries) {
    try {
      log = await log.add(entry);
    } catch (error) {
      if (error instanceof Refused) return { ok: false, why: error.why, n: log.length };
      throw error;
    }
  }
  return { ok: true, log };
}

/**
 * Reads a card that waits to be endorsed.
 * @param {number} psychic
 * @param {{card: string, signature: string}} offered
 */
export function readOffered(psychic, { card: text, signature }) {
  return outcome(readCard(text, signature).then((card) => card.psychic === psychic ? { card } : refuse("card")));
}

/**
 * The entry that begins a log: the first device, or the first after one has started over.
 * @param {OwnDevice} device
 * @param {string} at
 */
export function begin(device, at) {
  return entryOf(new DeviceLog(device.psychic), device, "root", added(device.id, device.card, device.signature), at);
}

/**
 * The entry by which a live device of one's own takes another in.
 * @param {DeviceLog} log
 * @param {OwnDevice} by
 * @param {Card} card
 * @param {string} at
 */
export function endorse(log, by, { id, text, signature }, at) {
  return entryOf(log, by, "endorse", added(id, text, signature), at);
}

/**
 * The entry by which a live device of one's own puts one out, itself or another.
 * @param {DeviceLog} log
 * @param {OwnDevice} by
 * @param {string} device
 * @param {string} at
 */
export function revoke(log, by, device, at) {
  return entryOf(log, by, "revoke", { device }, at);
}

/**
 * @param {string} device
 * @param {string} card
 * @param {string} signature
 */
function added(device, card, signature) {
  return { device, card, card_signature: signature };
}

/**
 * @param {DeviceLog} log
 * @param {OwnDevice} by
 * @param {"root" | "endorse" | "revoke"} deed
 * @param {{device: string, card?: string, card_signature?: string}} about
 * @param {string} at
 * @returns {Promise<Entry>}
 */
async function entryOf({ psychic, length, head }, by, deed, about, at) {
  const statement = JSON.stringify({ v: 1, psychic, n: length, previous: head, deed, ...about, by: by.id, at });
  return { statement, signature: await sign(by, LABEL, utf8(statement)) };
}
