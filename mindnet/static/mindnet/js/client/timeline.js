/* Where a guided session is: computed from its start and the server's clock, as rooms/timeline.py does.

     const timeline = new Timeline(session);
     timeline.at(connection.now());   // {index, step, passed, left, position, isOver, …}, seconds

   A step's text may begin with a rhythm, "4-4-4-4 Breathe along the sides": in, hold, out, rest, in seconds; two
   numbers are in and out, three in, hold and out. Everybody breathes by the same clock, so all shapes are as wide at
   once. */

/** @import { Session, Step } from "./shapes.js" */

/** @typedef {"in" | "hold" | "out" | "rest"} Phase */
/** @typedef {[phase: Phase, seconds: number][]} Phases one breath */

const RHYTHM = /^(\d{1,2}(?:\.\d)?(?:-\d{1,2}(?:\.\d)?){1,3})(?:\s+|$)/;
/** By how many numbers there are. @type {Record<number, Phase[]>} */
const PHASES = { 2: ["in", "out"], 3: ["in", "hold", "out"], 4: ["in", "hold", "out", "rest"] };
/** @type {Phases} */
const USUAL = [["in", 4], ["out", 6]];
export const PHASE_WORDS = { in: "Breathe in", hold: "Hold", out: "Breathe out", rest: "Rest" };

export class Timeline {
  /** @param {Pick<Session, "started_at" | "steps">} session */
  constructor({ started_at: startedAt, steps }) {
    this.start = Date.parse(startedAt);
    this.steps = steps;
    this.length = Math.max(0, ...steps.map(endOf));
  }

  /**
   * Everything about a moment, given in ms of the server's clock. Between two steps `step` is null.
   * @param {number} now
   */
  at(now) {
    const position = (now - this.start) / 1000;
    const index = this.steps.findIndex((step) => step.at <= position && position < endOf(step));
    const step = this.steps[index] ?? null;
    const next = this.steps.find(({ at }) => at > position);
    const until = step ? endOf(step) : next?.at ?? this.length;
    return {
      position, index, step, next: next ?? null,
      passed: step ? position - step.at : 0,
      left: Math.max(0, until - position),
      total: Math.max(0, this.length - position),
      isOver: position >= this.length,
    };
  }

  /**
   * Bells to be rung after one position and not after the other, in seconds.
   * @param {number} after
   * @param {number} upTo
   */
  bells(after, upTo) {
    return this.steps.filter(({ kind, at }) => kind === "bell" && after < at && at <= upTo);
  }

  /**
   * When the silence of a step ends, with what follows it without a pause; ms of the server's clock.
   * @param {number} index
   */
  silentUntil(index) {
    let end = endOf(this.steps[index]);
    for (const step of this.steps.slice(index + 1)) {
      const goesOn = step.kind === "silence" || (step.kind === "bell" && !step.seconds);
      if (step.at > end || !goesOn) break;
      end = endOf(step);
    }
    return this.start + end * 1000;
  }

  /** @param {number} index */
  startOf(index) {
    return this.start + this.steps[index].at * 1000;
  }
}

/** @param {Step} step */
function endOf({ at, seconds }) {
  return at + seconds;
}

/**
 * A step's text without its rhythm, and the phases of one breath.
 * @param {string} text
 * @returns {{words: string, phases: Phases}}
 */
export function parseRhythm(text) {
  const match = RHYTHM.exec(text);
  const numbers = match ? match[1].split("-").map(Number) : [];
  const isBreath = numbers.reduce((sum, one) => sum + one, 0) > 0;
  if (!match || !isBreath) return { words: text, phases: USUAL };
  const names = PHASES[numbers.length];
  return { words: text.slice(match[0].length), phases: numbers.map((seconds, n) => [names[n], seconds]) };
}

/**
 * Where a breath is after so many seconds; `fill` is 0 when empty and 1 when full.
 * @param {Phases} phases
 * @param {number} seconds
 */
export function breathAt(phases, seconds) {
  const cycle = phases.reduce((sum, [, length]) => sum + length, 0);
  let rest = ((seconds % cycle) + cycle) % cycle;
  for (const [phase, length] of phases) {
    if (rest < length) return { phase, left: length - rest, fill: fillOf(phase, rest / length) };
    rest -= length;
  }
  return { phase: phases[0][0], left: 0, fill: 0 };
}

/**
 * @param {Phase} phase
 * @param {number} progress from 0 to 1
 */
function fillOf(phase, progress) {
  const eased = (1 - Math.cos(Math.PI * progress)) / 2;
  return { in: eased, hold: 1, out: 1 - eased, rest: 0 }[phase];
}

/**
 * "4:05", "1:00:00".
 * @param {number} seconds
 */
export function lengthWords(seconds) {
  const whole = Math.ceil(Math.max(0, seconds) - 0.001);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const padded = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${padded(minutes)}:${padded(whole % 60)}` : `${minutes}:${padded(whole % 60)}`;
}

/**
 * "12 minutes", "40 seconds": how long somebody sat.
 * @param {number} seconds
 */
export function satWords(seconds) {
  const minutes = Math.round(seconds / 60);
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} ${whole === 1 ? "second" : "seconds"}`;
  return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
}
