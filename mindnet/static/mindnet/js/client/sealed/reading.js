/* Reads JSON texts that others have signed: every member that is asked for, no other, and none twice. */

import { isWellFormed, unb64 } from "./bytes.js";
import { refuse } from "./refused.js";

/** @typedef {(value: unknown) => any} Reader gives what the value says, or refuses it */

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * @template {Reader} R
 * @param {string} text
 * @param {R} reader
 * @returns {ReturnType<R>}
 */
export function read(text, reader) {
  let value;
  if (typeof text !== "string" || !isWellFormed(text)) refuse("shape");
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("shape");
  }
  // JSON.parse keeps the last of two members of one name, other programs the first.
  if (countMembers(value) !== [...text.matchAll(STRING)].filter(([, colon]) => colon).length) refuse("shape");
  return reader(value);
}

/**
 * Without recursion: 32 KiB of brackets would exhaust the stack.
 * @param {unknown} value
 */
function countMembers(value) {
  let count = 0;
  for (const left = [value]; left.length;) {
    const one = left.pop();
    if (typeof one !== "object" || one === null) continue;
    const inside = Object.values(one);
    if (!Array.isArray(one)) count += inside.length;
    for (const each of inside) left.push(each);
  }
  return count;
}

/**
 * @template {Record<string, Reader>} M
 * @param {M} members
 * @returns {(value: unknown) => {[K in keyof M]: ReturnType<M[K]>}}
 */
export function object(members) {
  const names = /** @type {(keyof M & string)[]} */ (Object.keys(members));
  return (value) => {
    const record = asRecord(value);
    if (Object.keys(record).length !== names.length || !names.every((name) => Object.hasOwn(record, name))) {
      return refuse("shape");
    }
    return /** @type {any} */ (Object.fromEntries(names.map((name) => [name, members[name](record[name])])));
  };
}

/**
 * An object whose members have names that nobody knows beforehand.
 * @template {Reader} R
 * @param {(name: string) => void} name
 * @param {R} reader
 * @returns {(value: unknown) => Map<string, ReturnType<R>>}
 */
export function mapping(name, reader) {
  return (value) => new Map(Object.entries(asRecord(value)).map(([key, one]) => {
    name(key);
    return [key, reader(one)];
  }));
}

/**
 * @template {Reader} R
 * @param {R} reader
 * @param {number} most
 * @returns {(value: unknown) => ReturnType<R>[]}
 */
export function list(reader, most) {
  return (value) => Array.isArray(value) && value.length <= most ? value.map(reader) : refuse("shape");
}

/**
 * One of these values.
 * @template {string | number | null} T
 * @param {...T} values
 * @returns {(value: unknown) => T}
 */
export function oneOf(...values) {
  return (value) => values.find((one) => one === value) ?? (value === null && values.includes(/** @type {T} */ (null))
    ? /** @type {T} */ (null) : refuse("shape"));
}

/**
 * @template {Reader} R
 * @param {R} reader
 * @returns {(value: unknown) => ReturnType<R> | null}
 */
export function orNull(reader) {
  return (value) => value === null ? null : reader(value);
}

/**
 * A whole number.
 * @param {number} least
 * @param {number} [most]
 * @returns {(value: unknown) => number}
 */
export function whole(least, most = Number.MAX_SAFE_INTEGER) {
  return (value) => typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
    ? value : refuse("shape");
}

/**
 * @param {unknown} value
 * @returns {number}
 */
export function positive(value) {
  return typeof value === "number" && value >= 0 ? value : refuse("shape");
}

/**
 * A text of so many characters (code points), all of them whole.
 * @param {number} least
 * @param {number} most
 * @returns {(value: unknown) => string}
 */
export function string(least, most) {
  return (value) => {
    if (typeof value !== "string" || value.length > most * 2 || !isWellFormed(value)) return refuse("shape");
    const length = [...value].length;
    return length >= least && length <= most ? value : refuse("shape");
  };
}

/**
 * A text of this form.
 * @param {RegExp} pattern
 * @returns {(value: unknown) => string}
 */
export function matching(pattern) {
  return (value) => typeof value === "string" && pattern.test(value) ? value : refuse("shape");
}

export const uuid = matching(UUID);

/**
 * What `b64` wrote, of one of these lengths in bytes; without any, of any.
 * @param {...number} lengths
 */
export function binary(...lengths) {
  return (/** @type {unknown} */ value) => {
    const bytes = unb64(/** @type {string} */ (value));
    return !lengths.length || lengths.includes(bytes.length) ? bytes : refuse("shape");
  };
}

/**
 * The same, kept as it is written: an id, a head.
 * @param {number} length in bytes
 * @returns {(value: unknown) => string}
 */
export function written(length) {
  const reader = binary(length);
  return (value) => {
    reader(value);
    return /** @type {string} */ (value);
  };
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function asRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? /** @type {Record<string, unknown>} */ (value) : refuse("shape");
}
