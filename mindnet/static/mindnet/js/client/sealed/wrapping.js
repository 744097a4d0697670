/* What an envelope and a part of the history have in common: a box under a content key, the key wrapped for devices, and a
   signature over header, box and wraps. */

import { concat, hash, random, sha256, unb64, utf8 } from "./bytes.js";
import { check, sign } from "./device.js";
import { open, seal } from "./hpke.js";
import { orRefuse, refuse } from "./refused.js";
import { AES_256_GCM, SUITES } from "./suites.js";

/** @import { Bytes } from "./bytes.js" */
/** @import { Card, OwnDevice } from "./device.js" */

/** @typedef {{device: string, enc: Bytes, key: Bytes}} Wrap */
/** @typedef {{header: string, box: Bytes, wraps: Wrap[]}} Signed */

const EMPTY = new Uint8Array(0);
const ZERO = new Uint8Array(1);
const IV_BYTES = 12;
export const KEY_BYTES = 32;
export const SEALED_BYTES_MOST = 32 * 1024;
const FILLED_TO = 64; // bytes: so a box's length says less of what is in it

/**
 * @param {Bytes} contentKey
 * @param {string} header
 * @param {unknown} content
 */
export async function sealBox(contentKey, header, content) {
  const plain = utf8(JSON.stringify(content)), iv = random(IV_BYTES);
  const filled = new Uint8Array(Math.ceil(plain.length / FILLED_TO) * FILLED_TO).fill(0x20);
  filled.set(plain);
  return concat(iv, await AES_256_GCM.seal(contentKey, iv, utf8(header), filled));
}

/**
 * @param {Bytes} contentKey
 * @param {string} header
 * @param {Bytes} box
 */
export async function openBox(contentKey, header, box) {
  const iv = box.subarray(0, IV_BYTES), ct = box.subarray(IV_BYTES);
  return orRefuse("box", AES_256_GCM.open(contentKey, iv, utf8(header), ct));
}

/**
 * The content key for one device, by its own suite.
 * @param {string} label
 * @param {string} header
 * @param {Bytes} contentKey
 * @param {Card} card
 * @returns {Promise<Wrap>}
 */
export async function wrapFor(label, header, contentKey, { id, suite, keys }) {
  const { enc, ct } = await seal(SUITES[suite], keys.dh, await infoOf(label, header, id), EMPTY, contentKey);
  return { device: id, enc, key: ct };
}

/**
 * @param {string} label
 * @param {string} header
 * @param {Wrap} wrap
 * @param {OwnDevice} device
 */
export async function unwrap(label, header, { enc, key }, { id, suite, dh: skR, dhPublic: pkRm }) {
  const info = await infoOf(label, header, id);
  const contentKey = await orRefuse("wrap", open(SUITES[suite], enc, { skR, pkRm }, info, EMPTY, key));
  return contentKey.length === KEY_BYTES ? contentKey : refuse("wrap");
}

/**
 * @param {string} label
 * @param {OwnDevice} device
 * @param {Signed} signed
 */
export async function signAll(label, device, signed) {
  return sign(device, label, ...await sumsOf(signed));
}

/**
 * @param {string} label
 * @param {Card} card
 * @param {Bytes} signature
 * @param {Signed} signed
 */
export async function checkAll(label, card, signature, signed) {
  await check("signature", card, label, signature, ...await sumsOf(signed));
}

/**
 * What binds a wrap to its message and its device.
 * @param {string} label
 * @param {string} header
 * @param {string} device
 */
function infoOf(label, header, device) {
  return hash(label, utf8(header), ZERO, utf8(device));
}

/** @param {Signed} signed */
function sumsOf({ header, box, wraps }) {
  const to = wraps.flatMap(({ device, enc, key }) => [unb64(device), enc, key]);
  return Promise.all([sha256(utf8(header)), sha256(box), sha256(concat(...to))]);
}
