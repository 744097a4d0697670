/* Bytes and texts: how binary stands in JSON, what is hashed and signed. */

import { refuse } from "./refused.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * @param {...Uint8Array} parts
 * @returns {Bytes}
 */
export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    all.set(part, position);
    position += part.length;
  }
  return all;
}

/**
 * A text as UTF-8. Half a surrogate pair has no bytes of its own, and two texts would have one signature: it is refused.
 * @param {string} text
 * @returns {Bytes}
 */
export function utf8(text) {
  if (!isWellFormed(text)) refuse("shape");
  return ENCODER.encode(text);
}

/** @param {string} text */
export function isWellFormed(text) {
  return !LONE_SURROGATE.test(text);
}

/** @param {Uint8Array} bytes */
export function textOf(bytes) {
  try {
    return DECODER.decode(bytes);
  } catch {
    return refuse("text");
  }
}

/**
 * base64url without padding (RFC 4648, section 5).
 * @param {Uint8Array} bytes
 */
export function b64(bytes) {
  let binary = "";
  // As arguments of one call, the bytes of a whole envelope would be too many.
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * The bytes of what `b64` has written. Any other way of writing the same bytes is refused.
 * @param {string} text
 * @returns {Bytes}
 */
export function unb64(text) {
  if (typeof text !== "string" || !/^[\w-]*$/.test(text) || text.length % 4 === 1) return refuse("shape");
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  return b64(bytes.subarray(bytes.length - bytes.length % 3)) === text.slice(text.length - text.length % 4)
    ? bytes : refuse("shape");
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
export function isEqual(one, other) {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/**
 * @param {number} length
 * @returns {Bytes}
 */
export function random(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

/**
 * A label, a zero byte, and the parts: what is hashed and signed. No label is the beginning of another with its zero byte.
 * @param {string} label
 * @param {...Uint8Array} parts
 */
export function labeled(label, ...parts) {
  return concat(utf8(label), new Uint8Array(1), ...parts);
}

/** @param {Bytes} bytes */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/**
 * `hash(label, x)`; the parts together are `x`.
 * @param {string} label
 * @param {...Uint8Array} parts
 */
export function hash(label, ...parts) {
  return sha256(labeled(label, ...parts));
}
