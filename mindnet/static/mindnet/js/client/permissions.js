/* What one may do in a room, as the server says: nothing here guesses from a role.

     const permissions = new Permissions({ask: () => rest.getJson("/rooms/7/permissions"), now: () => connection.now()});
     permissions.on("changed", (before) => …);
     permissions.ask();        // now: one's own doing
     permissions.askSoon();    // within a moment: many have heard the same
     permissions.may("react");

   A page knows what the server said when it drew it, and hands that in as `may`. Asked one at a time: what is wanted
   while an answer is on its way is asked once more after it. Where a verdict says until when it holds, that is asked
   again when it is over. Before the first answer, and while the server is not reached, everything counts as allowed: the
   server refuses what is not. So does what slow mode puts off: it goes by itself when the wait is over. Who is out of the room asks no more (`stop`): it may not be there for them. */

import { Emitter } from "./emitter.js";

/** @typedef {{allowed: boolean, rule: string, until: string | null}} Verdict */
/** @typedef {{role: string | null, may: Record<string, Verdict>}} PermissionsReply */
/** @typedef {(work: () => void, ms: number) => any} Later */

// A change of a room reaches all in it at once.
const SPREAD_MS = 1500;
// Past the end, so that the server has it too.
const AFTER_END_MS = 500;
// Timers of browsers hold 24 days. What lasts longer than a day is asked again on another occasion.
const LONGEST_WAIT_MS = 86_400_000;
// Two ends no further apart than this are one.
const SAME_MS = 2000;
// What one only waits for a while: the outbox waits too.
const WAITS = new Set(["slow_mode", "slow"]);
// Codes of refusals which say that something is not as one believed.
const TELLING = new Set(["muted", "banned", "not_participant"]);

/** @extends {Emitter<{changed: [before: Record<string, Verdict>]}>} */
export class Permissions extends Emitter {
  #fetch;
  #now;
  #random;
  #later;
  #may;
  #isAsking = false;
  #isWanted = false;
  #isStopped = false;
  /** @type {any} */
  #soonTimer = null;
  /** @type {any} */
  #untilTimer = null;

  /**
   * @param {object} ways
   * @param {() => Promise<PermissionsReply>} ways.ask
   * @param {() => number} ways.now the server's time in ms
   * @param {Record<string, Verdict>} [ways.may] what is known already
   * @param {() => number} [ways.random]
   * @param {Later} [ways.later] setTimeout
   */
  constructor({ ask, now, may = {}, random = Math.random, later = (work, ms) => setTimeout(work, ms) }) {
    super();
    this.#fetch = ask;
    this.#now = now;
    this.#may = may;
    this.#random = random;
    this.#later = later;
    this.#askAtEnd();
  }

  /** @param {string} deed */
  may(deed) {
    const verdict = this.#may[deed];
    return !verdict || verdict.allowed || WAITS.has(verdict.rule);
  }

  /**
   * Undefined before the first answer.
   * @param {string} deed
   * @returns {Verdict | undefined}
   */
  verdict(deed) {
    return this.#may[deed];
  }

  askSoon() {
    this.#soonTimer ??= this.#later(() => this.ask(), this.#random() * SPREAD_MS);
  }

  /** @param {{code: string}} error a command's refusal */
  refused({ code }) {
    if (TELLING.has(code)) this.ask();
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#soonTimer);
    clearTimeout(this.#untilTimer);
  }

  async ask() {
    clearTimeout(this.#soonTimer);
    this.#soonTimer = null;
    if (this.#isStopped) return;
    this.#isWanted = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#askOnce();
    }
    this.#isAsking = false;
  }

  async #askOnce() {
    let reply;
    try {
      reply = await this.#fetch();
    } catch {
      return; // what was known stays; asked again when the page is live again
    }
    if (this.#isStopped) return;
    const before = this.#may;
    this.#may = reply.may;
    this.#askAtEnd();
    if (JSON.stringify(before) !== JSON.stringify(reply.may)) this.emit("changed", before);
  }

  /** When the first of what holds for a while is over. */
  #askAtEnd() {
    clearTimeout(this.#untilTimer);
    const ends = Object.values(this.#may).flatMap(({ until }) => (until ? [Date.parse(until)] : []));
    const left = Math.max(Math.min(...ends) - this.#now(), 0);
    if (left > LONGEST_WAIT_MS) return;
    this.#untilTimer = this.#later(() => this.ask(), left + AFTER_END_MS + this.#random() * SPREAD_MS);
  }
}

/**
 * Whether two verdicts on one deed say the same. Slow mode's `until` is reckoned at each asking, and differs a little.
 * @param {Verdict | undefined} one
 * @param {Verdict | undefined} other
 */
export function isSameVerdict(one, other) {
  return one?.allowed === other?.allowed && one?.rule === other?.rule && areSameTimes(one?.until, other?.until);
}

/**
 * @param {string | null | undefined} one
 * @param {string | null | undefined} other
 */
function areSameTimes(one, other) {
  if (!one || !other) return !one === !other;
  return Math.abs(Date.parse(one) - Date.parse(other)) < SAME_MS;
}
