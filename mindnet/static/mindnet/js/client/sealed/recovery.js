/* The recovery code, and the keys of the recovery device wrapped by it. */

import { b64, random, textOf, utf8 } from "./bytes.js";
import { base32, ID_BYTES, inFours, SIGNS } from "./device.js";
import { binary, object, oneOf, read, written } from "./reading.js";
import { orRefuse, outcome, refuse } from "./refused.js";
import { AES_256_GCM, hkdf, SUITES } from "./suites.js";

/** @import { Bytes } from "./bytes.js" */
/** @import { Card, OwnDevice } from "./device.js" */

const LABEL = "mindnet recovery";
const CODE_BYTES = 16;
const CODE_SIGNS = 26; // 130 bits: the last two are zero
const SALT_BYTES = 16, IV_BYTES = 12;

const BUNDLE = object({
  v: oneOf(1), device: written(ID_BYTES), salt: binary(SALT_BYTES), iv: binary(IV_BYTES), box: binary(),
});
const KEYS = object({ dh: binary(), sign: binary() });

/** A new code, "0000-0000-…", to be written down. */
export function newCode() {
  return codeOf(random(CODE_BYTES));
}

/** @param {Bytes} bytes */
export function codeOf(bytes) {
  return inFours(base32(bytes));
}

/**
 * The 16 bytes of a code as somebody types it; null where it is none.
 * @param {string} typed
 * @returns {Bytes | null}
 */
export function readCode(typed) {
  const code = typed.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  const fives = [...code].map((sign) => SIGNS.indexOf(sign));
  if (fives.length !== CODE_SIGNS || fives.includes(-1) || fives[CODE_SIGNS - 1] & 0b11) return null;
  const bits = fives.map((five) => five.toString(2).padStart(5, "0")).join("");
  return Uint8Array.from({ length: CODE_BYTES }, (_, index) => Number.parseInt(bits.slice(index * 8, index * 8 + 8), 2));
}

/**
 * What the server keeps: the keys of the recovery device, which were made to be read out, under the code.
 * @param {string} code
 * @param {OwnDevice} device
 */
export async function makeBundle(code, { id, dh, sign }) {
  const [dhBytes, signBytes] = await Promise.all([dh, sign].map(exported));
  const salt = random(SALT_BYTES), iv = random(IV_BYTES);
  const keys = utf8(JSON.stringify({ dh: b64(dhBytes), sign: b64(signBytes) }));
  const box = await AES_256_GCM.seal(await keyOf(readCode(code) ?? refuse("code"), salt), iv, utf8(id), keys);
  return { v: 1, device: id, salt: b64(salt), iv: b64(iv), box: b64(box) };
}

/**
 * The recovery device itself. Its keys can no longer be read out.
 * @param {string} code as typed
 * @param {unknown} bundle as the server gives it
 * @param {Card} card of the recovery device, from the log
 */
export function openBundle(code, bundle, card) {
  return outcome(opening(code, bundle, card));
}

/** @type {(code: string, bundle: unknown, card: Card) => Promise<{device: OwnDevice}>} */
async function opening(code, bundle, { id, text, signature, suite, psychic, kind, dh: dhPublic }) {
  const { device, salt, iv, box } = BUNDLE(bundle);
  if (device !== id) refuse("device");
  const key = await keyOf(readCode(code) ?? refuse("code"), salt);
  const plain = await orRefuse("code", AES_256_GCM.open(key, iv, utf8(id), box));
  const keys = read(textOf(plain), KEYS);
  const [dh, sign] = await orRefuse("shape", Promise.all([
    SUITES[suite].kem.importPrivateKey(keys.dh), SUITES[suite].signatures.importPrivateKey(keys.sign),
  ]));
  return { device: { id, suite, psychic, kind, card: text, signature, dhPublic, dh, sign } };
}

/** @param {CryptoKey} key */
async function exported(key) {
  return new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
}

/**
 * @param {Bytes} code
 * @param {Bytes} salt
 */
function keyOf(code, salt) {
  return hkdf(code, salt, utf8(LABEL), AES_256_GCM.Nk);
}
