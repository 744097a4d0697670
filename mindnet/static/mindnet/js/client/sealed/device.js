/* A device: two key pairs of a suite, and the card that says whose they are. */

import { b64, concat, hash, labeled, unb64, utf8 } from "./bytes.js";
import { binary, object, oneOf, read, string, whole } from "./reading.js";
import { orRefuse, refuse } from "./refused.js";
import { SIGNATURE_BYTES, SUITES } from "./suites.js";

/** @import { Bytes } from "./bytes.js" */
/** @import { SuiteId } from "./suites.js" */

/** @typedef {"device" | "recovery"} Kind */

/**
 * A card whose own signature was checked.
 * @typedef {object} Card
 * @property {string} id
 * @property {string} text
 * @property {string} signature
 * @property {SuiteId} suite
 * @property {number} psychic
 * @property {Kind} kind
 * @property {string} name
 * @property {string} made_at
 * @property {Bytes} dh
 * @property {{dh: CryptoKey, sign: CryptoKey}} keys public ones
 */

/**
 * What a device keeps of itself: plain data with two private keys, as IndexedDB takes it.
 * @typedef {object} OwnDevice
 * @property {string} id
 * @property {SuiteId} suite
 * @property {number} psychic
 * @property {Kind} kind
 * @property {string} card
 * @property {string} signature of the card
 * @property {Bytes} dhPublic
 * @property {CryptoKey} dh
 * @property {CryptoKey} sign
 */

const LABEL = "mindnet device";
export const ID_BYTES = 16;
const SHORT_CODE_BYTES = 10;
export const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's base 32
/** @type {Map<SuiteId, Promise<CryptoKeyPair>>} */
const probes = new Map();

const CARD = object({
  v: oneOf(1),
  suite: oneOf(1, 2),
  psychic: whole(1),
  kind: oneOf("device", "recovery"),
  name: string(1, 40),
  dh: binary(32, 65),
  sign: binary(32, 65),
  made_at: string(1, 40),
});

/**
 * A device of one's own with new keys.
 * @param {object} about
 * @param {SuiteId} about.suite
 * @param {number} about.psychic
 * @param {string} about.name
 * @param {string} about.madeAt ISO 8601
 * @param {Kind} [about.kind]
 * @param {boolean} [about.extractable] whether its private keys can be read out, as those for the recovery code have to
 * @returns {Promise<OwnDevice>}
 */
export async function makeDevice({ suite, psychic, name, madeAt, kind = "device", extractable = false }) {
  const { kem, signatures } = SUITES[suite];
  const [dh, own] = await Promise.all([kem.makeKeyPair(extractable), signatures.generateKeyPair(extractable)]);
  const [dhBytes, signBytes] = await Promise.all([dh, own].map(({ publicKey }) => kem.serializePublicKey(publicKey)));
  const card = JSON.stringify({
    v: 1, suite, psychic, kind, name, dh: b64(dhBytes), sign: b64(signBytes), made_at: madeAt,
  });
  read(card, CARD);
  const signature = await sign({ suite, sign: own.privateKey }, LABEL, utf8(card));
  const keys = { dhPublic: dhBytes, dh: dh.privateKey, sign: own.privateKey };
  return { id: await idOf(card), suite, psychic, kind, card, signature, ...keys };
}

/**
 * Reads a card and checks that whoever offers it has its key.
 * @param {string} text
 * @param {string} signature
 * @returns {Promise<Card>}
 */
export async function readCard(text, signature) {
  const { v, dh, sign: signBytes, ...said } = read(text, CARD);
  const { kem, signatures } = SUITES[said.suite];
  if (dh.length !== kem.Npk || signBytes.length !== signatures.length) refuse("card");
  const keys = {
    dh: await orRefuse("card", kem.deserializePublicKey(dh)),
    sign: await orRefuse("card", signatures.deserializePublicKey(signBytes)),
  };
  await refuseLowOrder(said.suite, keys.dh);
  await check("card_signature", { suite: said.suite, keys }, LABEL, unb64(signature), utf8(text));
  return { id: await idOf(text), text, signature, ...said, dh, keys };
}

/**
 * A point of low order has the same secret with everyone: nobody could seal for it (RFC 9180, section 7.1.4).
 * @param {SuiteId} suite
 * @param {CryptoKey} pk
 */
async function refuseLowOrder(suite, pk) {
  const { kem } = SUITES[suite];
  const probe = probes.get(suite) ?? kem.generateKeyPair();
  probes.set(suite, probe);
  await orRefuse("card", kem.dh((await probe).privateKey, pk));
}

/**
 * A device's id.
 * @param {string} card
 */
export async function idOf(card) {
  return b64((await hash(LABEL, utf8(card))).subarray(0, ID_BYTES));
}

/**
 * What two devices of one psychic show each other, "ABCD-EFGH-JKMN-PQRS".
 *
 * 80 bits: whoever has the server sees the card that waits, and may look for one of their own that has the same code. For 40
 * bits that takes minutes.
 * @param {string} card
 */
export async function shortCode(card) {
  return inFours(base32((await hash(LABEL, utf8(card))).subarray(0, SHORT_CODE_BYTES)));
}

/** @param {string} signs */
export function inFours(signs) {
  return (signs.match(/.{1,4}/g) ?? []).join("-");
}

/**
 * Five bits a sign, the last one filled with zeros.
 * @param {Uint8Array} bytes
 */
export function base32(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => SIGNS[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}

/**
 * `sign(key, label, x)`; the parts together are `x`.
 * @param {Pick<OwnDevice, "suite" | "sign">} device
 * @param {string} label
 * @param {...Uint8Array} parts
 */
export async function sign(device, label, ...parts) {
  return b64(await SUITES[device.suite].signatures.sign(device.sign, labeled(label, concat(...parts))));
}

/**
 * Refuses what this device has not signed.
 * @param {"signature" | "card_signature"} why
 * @param {Pick<Card, "suite" | "keys">} card
 * @param {string} label
 * @param {Bytes} signature
 * @param {...Uint8Array} parts
 */
export async function check(why, { suite, keys }, label, signature, ...parts) {
  const isSigned = signature.length === SIGNATURE_BYTES
    && await SUITES[suite].signatures.verify(keys.sign, signature, labeled(label, concat(...parts)));
  if (!isSigned) refuse(why);
}
