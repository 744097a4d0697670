/* What messages of a room say together: states of the logs never go back, no message is there twice, no edit is undone.

   The server gives numbers and lets logs grow under one lock. So a message that names an older state than one before it was
   sent by who no longer may, such as a device that was revoked, or was put there by the server. The evidence of both people
   counts: each names the logs of both.

   An edit keeps its message's place and names newer states than those around it: it is checked, and is no evidence.

   Where a message stands is known for as long as it is kept (`newPlaces`, `know`): what the server hands out once more as
   another message is noticed also by who never sees the first again, because it is far up, or gone. */

/** @import { Why } from "./refused.js" */

/** The first message that named these heads. @typedef {{id: number, seq: number, heads: Record<number, string>}} Step */
/** @typedef {{id: number, seq: number, sender: number, nonce: string}} Placed */
/** Where a message was first seen, and by which device it was sealed. @typedef {Placed & {device: string}} Place */

/**
 * Plain data.
 * @typedef {object} Seen
 * @property {Step[]} steps
 * @property {Record<string, number>} revisions of what was edited, by sender and nonce
 */
/** @typedef {{revision: number, heads: Map<number, string>, device: {id: string}}} Said */

export class RoomOrder {
  #positionOf;
  /** @type {Step[]} */
  #steps;
  /** @type {Map<string, number>} */
  #revisions;
  /**
   * Messages that were opened here, by sender and nonce.
   * @type {Map<string, {id: number, seq: number, heads: Map<number, string>}>}
   */
  #opened = new Map();
  /** The same, and those that were opened here before. @type {Map<string, Place>} */
  #places = new Map();
  /** Those of them that are not kept yet. @type {Map<string, Place>} */
  #new = new Map();

  /**
   * @param {(psychic: number, head: string) => number} positionOf
   * @param {Seen} [seen]
   * @param {Place[]} [places] as they were kept
   */
  constructor(positionOf, { steps, revisions } = { steps: [], revisions: {} }, places = []) {
    this.#positionOf = positionOf;
    this.#steps = [...steps];
    this.#revisions = new Map(Object.entries(revisions));
    this.know(places);
  }

  /** @returns {Seen} */
  seen() {
    return { steps: [...this.#steps], revisions: Object.fromEntries(this.#revisions) };
  }

  /** Places to be kept. Once they are, `know` them. @returns {Place[]} */
  newPlaces() {
    return [...this.#new.values()];
  }

  /**
   * Takes places as they are kept, also by other tabs. Gives the ids of messages opened here that are copies of those.
   * @param {Place[]} places
   */
  know(places) {
    /** @type {number[]} */
    const copies = [];
    for (const place of places) {
      const name = nameOf(place), known = this.#places.get(name);
      if (known && known.id !== place.id && place.seq < known.seq) copies.push(known.id);
      if (!known || place.seq <= known.seq) {
        this.#places.set(name, place);
        this.#new.delete(name);
      }
    }
    return copies;
  }

  /**
   * Puts a message that was opened into its place, or says why it cannot stand there.
   * @param {Placed} message
   * @param {Said} said
   * @returns {{ok: true, refutes: number[]} | {ok: false, why: Why}}
   */
  place({ id, seq, sender, nonce }, { revision, heads, device }) {
    const name = nameOf({ sender, nonce }), twin = this.#places.get(name);
    if (twin && twin.seq < seq) return { ok: false, why: "replayed" };
    if (revision < (this.#revisions.get(name) ?? 0)) return { ok: false, why: "rolled_back" };
    if (this.#steps.some((step) => step.seq < seq && this.#isOlder(heads, new Map(entriesOf(step.heads))))) {
      return { ok: false, why: "older_state" };
    }
    // It stands before what was taken for it until now: that one is the copy.
    const copies = twin && twin.id !== id ? [twin.id] : [];
    this.#opened.set(name, { id, seq, heads });
    if (twin?.id !== id || twin.seq !== seq) this.#note(name, { id, seq, sender, nonce, device: device.id });
    if (revision) {
      this.#revisions.set(name, revision);
      return { ok: true, refutes: copies };
    }
    return { ok: true, refutes: [...copies, ...this.#noted({ id, seq, heads: Object.fromEntries(heads) }, heads)] };
  }

  /**
   * @param {string} name
   * @param {Place} place
   */
  #note(name, place) {
    this.#places.set(name, place);
    this.#new.set(name, place);
  }

  /**
   * Notes that these heads were named here, and gives the ids of messages opened before that come after it and name older ones.
   * What comes after a step with the same heads was held against that: only what lies between the two is looked at.
   * @param {Step} step
   * @param {Map<number, string>} heads its own
   */
  #noted(step, heads) {
    const known = this.#steps.find((one) => isSame(one.heads, step.heads))?.seq ?? Infinity;
    if (known <= step.seq) return [];
    const between = [...this.#opened.values()].filter(({ seq }) => seq > step.seq && seq <= known);
    note(this.#steps, step);
    return between.filter((one) => this.#isOlder(one.heads, heads)).map(({ id }) => id);
  }

  /**
   * Whether these heads name an older state of either log than those do.
   * @param {Map<number, string>} heads
   * @param {Map<number, string>} those
   */
  #isOlder(heads, those) {
    return [...heads].some(([psychic, head]) =>
      this.#positionOf(psychic, head) < this.#positionOf(psychic, those.get(psychic) ?? ""));
  }
}

/**
 * A nonce is its sender's: the other may choose the same.
 * @param {Pick<Placed, "sender" | "nonce">} message
 */
function nameOf({ sender, nonce }) {
  return `${sender} ${nonce}`;
}

/**
 * Of all messages that name the same heads, the first is enough: there are no more steps than entries of both logs.
 * @param {Step[]} steps
 * @param {Step} step
 */
function note(steps, step) {
  const same = steps.findIndex(({ heads }) => isSame(heads, step.heads));
  if (same < 0) steps.push(step);
  else if (step.seq < steps[same].seq) steps[same] = step;
}

/**
 * What two tabs have seen of one room, together.
 * @param {Seen} one
 * @param {Seen} other
 * @returns {Seen}
 */
export function seenByBoth(one, other) {
  const steps = [...one.steps], revisions = { ...one.revisions };
  for (const step of other.steps) note(steps, step);
  for (const [name, revision] of Object.entries(other.revisions)) {
    revisions[name] = Math.max(revision, revisions[name] ?? 0);
  }
  return { steps, revisions };
}

/** @param {Record<number, string>} heads */
function entriesOf(heads) {
  return Object.entries(heads).map(([psychic, head]) => /** @type {[number, string]} */ ([Number(psychic), head]));
}

/**
 * @param {Record<number, string>} one
 * @param {Record<number, string>} other
 */
function isSame(one, other) {
  return entriesOf(one).every(([psychic, head]) => other[psychic] === head);
}
