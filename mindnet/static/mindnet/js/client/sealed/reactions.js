/* A reaction to a sealed message: a token that tells the server nothing, and is the same for the same psychic and emoji. */

import { b64, concat, isEqual, textOf, unb64, utf8 } from "./bytes.js";
import { orRefuse, outcome, refuse } from "./refused.js";
import { AES_256_GCM, hkdf, hmac } from "./suites.js";

/** @import { Bytes } from "./bytes.js" */

const LABEL = "mindnet reaction";
const PLAIN_BYTES = 48, IV_BYTES = 12, TAG_BYTES = 16;

/**
 * @param {Bytes} reactions the message's key for reactions
 * @param {number} psychic
 * @param {string} emoji
 */
export async function sealReaction(reactions, psychic, emoji) {
  const { sealing, naming } = await keysOf(reactions), plain = plainOf(psychic, emoji);
  const iv = (await hmac(naming, plain)).subarray(0, IV_BYTES);
  return b64(concat(iv, await AES_256_GCM.seal(sealing, iv, utf8(LABEL), plain)));
}

/**
 * The emoji, if it is this psychic's. A token that anybody else has made, or made for another message, is refused.
 * @param {Bytes} reactions
 * @param {string} token
 * @param {number} psychic whom the server names
 */
export function openReaction(reactions, token, psychic) {
  return outcome(opening(reactions, token, psychic));
}

/** @type {(...given: Parameters<typeof openReaction>) => Promise<{emoji: string}>} */
async function opening(reactions, token, psychic) {
  const { sealing, naming } = await keysOf(reactions), bytes = unb64(token);
  if (bytes.length !== IV_BYTES + PLAIN_BYTES + TAG_BYTES) refuse("shape");
  const iv = bytes.subarray(0, IV_BYTES);
  const plain = await orRefuse("box", AES_256_GCM.open(sealing, iv, utf8(LABEL), bytes.subarray(IV_BYTES)));
  if (!isEqual(iv, (await hmac(naming, plain)).subarray(0, IV_BYTES))) refuse("box");
  const [, by, emoji] = /^([1-9]\d*):([^\0]+)\0*$/u.exec(textOf(plain)) ?? refuse("text");
  return by === String(psychic) ? { emoji } : refuse("sender");
}

/** @param {Bytes} reactions */
async function keysOf(reactions) {
  const bytes = await hkdf(reactions, new Uint8Array(0), utf8(LABEL), 64);
  return { sealing: bytes.slice(0, 32), naming: bytes.slice(32) };
}

/**
 * @param {number} psychic
 * @param {string} emoji
 */
function plainOf(psychic, emoji) {
  const said = utf8(`${psychic}:${emoji}`), plain = new Uint8Array(PLAIN_BYTES);
  if (said.length > PLAIN_BYTES) refuse("too_large");
  plain.set(said);
  return plain;
}
