/* Why something is not what it claims to be: a word of `Why`, for the pages to put into a sentence.

   Within these modules a step that fails throws; who calls them gets a value. What throws anything else is a fault. */

/**
 * @template T
 * @typedef {(T & {ok: true}) | {ok: false, why: Why}} Outcome
 */

/**
 * Of any text: `shape` (not as the format has it), `text` (no UTF-8, or not what a box holds).
 * Of a log: `psychic`, `number`, `previous`, `deed`, `by`, `card`, `card_signature`, `signature`, `again`, `many`, `unknown`.
 * Of a message: `room`, `sender`, `nonce`, `reply_to`, `heads`, `device`, `suite`, `signature`, `wrap_missing`, `wrap`,
 * `box`, `text`; within its room: `older_state`, `replayed`, `rolled_back`.
 * Of sending: `log_missing`, `broken`, `withheld`, `forked`, `other_root`, `revoked`, `not_endorsed`, `too_large`.
 * Of recovery: `code`. Of any key, and of a log with such: `unsupported`, where this browser lacks its suite.
 * @typedef {"shape" | "text" | "psychic" | "number" | "previous" | "deed" | "by" | "card" | "card_signature"
 *   | "signature" | "again" | "many" | "unknown" | "room" | "sender" | "nonce" | "reply_to" | "heads" | "device"
 *   | "suite" | "wrap_missing" | "wrap" | "box" | "older_state" | "replayed" | "rolled_back" | "log_missing"
 *   | "broken" | "withheld" | "forked" | "other_root" | "revoked" | "not_endorsed" | "too_large" | "code"
 *   | "unsupported"} Why
 */

export class Refused extends Error {
  /** @param {Why} why */
  constructor(why) {
    super(`refused: ${why}`);
    this.name = "Refused";
    this.why = why;
  }
}

/**
 * @param {Why} why
 * @returns {never}
 */
export function refuse(why) {
  throw new Refused(why);
}

/**
 * What a step of WebCrypto gives, or the refusal where it does not succeed.
 * @template T
 * @param {Why} why
 * @param {Promise<T>} step
 * @returns {Promise<T>}
 */
export async function orRefuse(why, step) {
  try {
    return await step;
  } catch (error) {
    // OperationError: a tag or a point that is wrong. DataError: no key at all.
    if (error instanceof DOMException) throw new Refused(error.name === "NotSupportedError" ? "unsupported" : why);
    throw error;
  }
}

/**
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<Outcome<T>>}
 */
export async function outcome(work) {
  try {
    return { ...await work, ok: true };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, why: error.why };
    throw error;
  }
}
