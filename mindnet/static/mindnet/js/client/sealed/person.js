/* Of one psychic: the logs that were accepted here, oldest first, and what is wrong with what the server shows now.

     const person = await Person.restore(7, kept);       // [] for somebody who was never met
     await person.show(entries);                         // as the server has them, whenever they may have changed
     person.trouble                                      // null, or why nothing is to be sealed for them
     await storage.put(person.kept());

   Another root is not taken by itself: a person has to `accept` it. */

import { DeviceLog, readLog } from "./device_log.js";
import { compare, pinOf } from "./pins.js";
import { Refused } from "./refused.js";

/** @import { Entry, State } from "./device_log.js" */
/** @import { Comparison } from "./pins.js" */

export class Person {
  /** More than one where somebody has started over. @type {DeviceLog[]} */
  logs = [];
  /**
   * Why what the server showed last was not taken.
   * @type {"broken" | "unsupported" | "withheld" | "forked" | "other_root" | null}
   */
  trouble = null;
  /** With another root, not yet accepted. @type {DeviceLog | null} */
  offered = null;

  /** @param {number} psychic */
  constructor(psychic) {
    this.psychic = psychic;
  }

  /**
   * A person as they were kept. The logs are checked anew; raises Refused where they do not stand the check.
   * @param {number} psychic
   * @param {Entry[][]} kept
   */
  static async restore(psychic, kept) {
    const person = new Person(psychic);
    for (const entries of kept) {
      const read = await readLog(psychic, entries);
      // Without it, whatever log came next would be taken for the first.
      if (!read.ok) throw new Refused(read.why);
      person.logs.push(read.log);
    }
    return person;
  }

  /** The newest log that was accepted. */
  get log() {
    return this.logs.at(-1) ?? new DeviceLog(this.psychic);
  }

  /** All that was accepted, how it stood after each entry. @returns {State[]} */
  get states() {
    return this.logs.flatMap(({ states }) => states);
  }

  /** What must outlive a reload. */
  kept() {
    return this.logs.map(({ entries }) => entries);
  }

  /**
   * Takes the entries of a log as the server shows them now; what is known of it already is not checked again. Answers are
   * taken in the order in which they were asked for: an older one behind a newer looks as if something were withheld.
   * @param {Entry[]} entries
   * @returns {Promise<Comparison | "broken" | "unsupported">}
   */
  async show(entries) {
    const { log } = this, isKnown = Array.isArray(entries) && log.entries.every((entry, n) => isSame(entry, entries[n]));
    const read = isKnown ? await readLog(this.psychic, entries.slice(log.length), log) : await readLog(this.psychic, entries);
    if (read.ok) return this.take(read.log);
    return this.trouble = read.why === "unsupported" ? "unsupported" : "broken";
  }

  /**
   * Takes a log that was checked.
   * @param {DeviceLog} log
   * @returns {Comparison}
   */
  take(log) {
    const known = this.logs.at(-1), isPast = this.logs.slice(0, -1).some(({ root }) => root === log.root);
    // Who has started over does not go back: what came after it is not shown.
    const compared = isPast ? "withheld" : compare(known ? pinOf(known) : null, log);
    const isGood = compared === "first" || compared === "same" || compared === "grown";
    this.trouble = isGood ? null : compared;
    this.offered = compared === "other_root" ? log : null;
    if (isGood && log.length) this.logs.splice(-1, 1, log);
    return compared;
  }

  /** Somebody says that the other root is this person's. */
  accept() {
    if (!this.offered) return;
    this.logs.push(this.offered);
    Object.assign(this, { offered: null, trouble: null });
  }
}

/**
 * Whether what was kept of a person has all of what else was kept of them in it.
 * @param {Entry[][]} logs
 * @param {Entry[][]} others
 */
export function goesOn(logs, others) {
  return others.every((entries, which) => {
    const mine = logs[which] ?? [], isNewest = which === others.length - 1;
    return entries.every((entry, n) => isSame(entry, mine[n])) && (isNewest || mine.length === entries.length);
  });
}

/**
 * @param {Entry} one
 * @param {Entry | undefined} other
 */
function isSame(one, other) {
  return one.statement === other?.statement && one.signature === other.signature;
}
