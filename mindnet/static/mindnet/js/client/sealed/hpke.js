/* Hybrid Public Key Encryption, RFC 9180: base mode (5.1.1), single shot (6.1).

   Names are those of the RFC, numbers in brackets its sections. KEM, KDF and AEAD are parameters: `suites.js` has them.

     const { enc, ct } = await seal(suite, pkR, info, aad, pt);
     const pt = await open(suite, enc, { skR, pkRm }, info, aad, ct);

   WebCrypto's HKDF is Extract and Expand of RFC 5869 in one, and in this mode each LabeledExpand follows a LabeledExtract:
   so both stand here as what they hand to HKDF, `labeledIkm` and `labeledInfo`. */

import { concat, utf8 } from "./bytes.js";

/** @import { Bytes } from "./bytes.js" */

/**
 * A Diffie-Hellman group and what is said of it as a KEM (4.1, 7.1).
 * @typedef {object} Kem
 * @property {number} id
 * @property {number} Nsecret
 * @property {() => Promise<CryptoKeyPair>} generateKeyPair
 * @property {(sk: CryptoKey, pk: CryptoKey) => Promise<Bytes>} dh
 * @property {(pk: CryptoKey) => Promise<Bytes>} serializePublicKey
 * @property {(pkm: Bytes) => Promise<CryptoKey>} deserializePublicKey
 */

/**
 * @typedef {object} Kdf
 * @property {number} id
 * @property {(ikm: Bytes) => Promise<CryptoKey>} material the input of `derive`
 * @property {(salt: Bytes, ikm: CryptoKey, info: Bytes, length: number) => Promise<Bytes>} derive Extract, then Expand
 * @property {(ikm: Bytes) => Promise<Bytes>} extract Extract alone, with an empty salt
 */

/**
 * @typedef {object} Aead
 * @property {number} id
 * @property {number} Nk
 * @property {number} Nn
 * @property {(key: Bytes, nonce: Bytes, aad: Bytes, pt: Bytes) => Promise<Bytes>} seal
 * @property {(key: Bytes, nonce: Bytes, aad: Bytes, ct: Bytes) => Promise<Bytes>} open
 */

/** @typedef {{kem: Kem, kdf: Kdf, aead: Aead}} HpkeSuite */
/** @typedef {{shared_secret: Bytes, enc: Bytes}} Encapsulated */

const EMPTY = new Uint8Array(0);
const VERSION = utf8("HPKE-v1");
const MODE_BASE = Uint8Array.of(0x00);

/** Per suite, what the key schedule has that never changes. @type {WeakMap<HpkeSuite, Promise<[Bytes, CryptoKey]>>} */
const CONSTANT = new WeakMap();

/**
 * SealBase(pkR, info, aad, pt) (6.1), at sequence number 0, where the nonce is base_nonce (5.2).
 * @param {HpkeSuite} suite
 * @param {CryptoKey} pkR
 * @param {Bytes} info
 * @param {Bytes} aad
 * @param {Bytes} pt
 * @param {CryptoKeyPair} [ephemeral] another pair for each call, unless a test vector names one
 */
export async function seal(suite, pkR, info, aad, pt, ephemeral) {
  const { shared_secret, enc } = await encap(suite.kem, suite.kdf, pkR, ephemeral);
  const { key, base_nonce } = await keySchedule(suite, shared_secret, info);
  return { enc, ct: await suite.aead.seal(key, base_nonce, aad, pt) };
}

/**
 * OpenBase(enc, skR, info, aad, ct) (6.1). Raises a DOMException where `enc` is no key or `ct` was not sealed so.
 * @param {HpkeSuite} suite
 * @param {Bytes} enc
 * @param {{skR: CryptoKey, pkRm: Bytes}} recipient
 * @param {Bytes} info
 * @param {Bytes} aad
 * @param {Bytes} ct
 */
export async function open(suite, enc, recipient, info, aad, ct) {
  const shared_secret = await decap(suite.kem, suite.kdf, enc, recipient);
  const { key, base_nonce } = await keySchedule(suite, shared_secret, info);
  return suite.aead.open(key, base_nonce, aad, ct);
}

/**
 * Encap(pkR) (4.1).
 * @param {Kem} kem
 * @param {Kdf} kdf
 * @param {CryptoKey} pkR
 * @param {CryptoKeyPair} [ephemeral]
 * @returns {Promise<Encapsulated>}
 */
export async function encap(kem, kdf, pkR, ephemeral) {
  const { privateKey: skE, publicKey: pkE } = ephemeral ?? await kem.generateKeyPair();
  const [dh, enc, pkRm] = await Promise.all([
    kem.dh(skE, pkR), kem.serializePublicKey(pkE), kem.serializePublicKey(pkR),
  ]);
  return { shared_secret: await extractAndExpand(kem, kdf, dh, concat(enc, pkRm)), enc };
}

/**
 * Decap(enc, skR) (4.1). A private key that cannot be read out does not tell its public key, so that comes along.
 * @param {Kem} kem
 * @param {Kdf} kdf
 * @param {Bytes} enc
 * @param {{skR: CryptoKey, pkRm: Bytes}} recipient
 */
export async function decap(kem, kdf, enc, { skR, pkRm }) {
  const pkE = await kem.deserializePublicKey(enc);
  const dh = await kem.dh(skR, pkE);
  return extractAndExpand(kem, kdf, dh, concat(enc, pkRm));
}

/**
 * ExtractAndExpand(dh, kem_context) (4.1).
 * @param {Kem} kem
 * @param {Kdf} kdf
 * @param {Bytes} dh
 * @param {Bytes} kem_context
 */
async function extractAndExpand(kem, kdf, dh, kem_context) {
  const suite_id = concat(utf8("KEM"), i2osp(kem.id, 2));
  const eae_prk = await kdf.material(labeledIkm(suite_id, "eae_prk", dh));
  return kdf.derive(EMPTY, eae_prk, labeledInfo(suite_id, "shared_secret", kem_context, kem.Nsecret), kem.Nsecret);
}

/**
 * KeySchedule(mode_base, shared_secret, info, "", "") (5.1).
 * @param {HpkeSuite} suite
 * @param {Bytes} shared_secret
 * @param {Bytes} info
 */
export async function keySchedule(suite, shared_secret, info) {
  const { kdf, aead } = suite, suite_id = suiteId(suite);
  const [[psk_id_hash, secret], info_hash] = await Promise.all([
    constantOf(suite), kdf.extract(labeledIkm(suite_id, "info_hash", info)),
  ]);
  const context = concat(MODE_BASE, psk_id_hash, info_hash);
  const [key, base_nonce] = await Promise.all([
    kdf.derive(shared_secret, secret, labeledInfo(suite_id, "key", context, aead.Nk), aead.Nk),
    kdf.derive(shared_secret, secret, labeledInfo(suite_id, "base_nonce", context, aead.Nn), aead.Nn),
  ]);
  return { key, base_nonce };
}

/**
 * psk_id_hash and the key material of `secret` (5.1): in base mode, `psk` and `psk_id` are empty.
 * @param {HpkeSuite} suite
 */
function constantOf(suite) {
  let made = CONSTANT.get(suite);
  if (!made) {
    const { kdf } = suite, suite_id = suiteId(suite);
    made = Promise.all([
      kdf.extract(labeledIkm(suite_id, "psk_id_hash", EMPTY)), kdf.material(labeledIkm(suite_id, "secret", EMPTY)),
    ]);
    CONSTANT.set(suite, made);
  }
  return made;
}

/**
 * suite_id of an HPKE context (5.1).
 * @param {HpkeSuite} suite
 */
function suiteId({ kem, kdf, aead }) {
  return concat(utf8("HPKE"), i2osp(kem.id, 2), i2osp(kdf.id, 2), i2osp(aead.id, 2));
}

/**
 * What LabeledExtract(salt, label, ikm) gives to Extract (4).
 * @param {Bytes} suite_id
 * @param {string} label
 * @param {Bytes} ikm
 */
function labeledIkm(suite_id, label, ikm) {
  return concat(VERSION, suite_id, utf8(label), ikm);
}

/**
 * What LabeledExpand(prk, label, info, L) gives to Expand (4).
 * @param {Bytes} suite_id
 * @param {string} label
 * @param {Bytes} info
 * @param {number} L
 */
function labeledInfo(suite_id, label, info, L) {
  return concat(i2osp(L, 2), VERSION, suite_id, utf8(label), info);
}

/**
 * I2OSP(n, w) (3): a number as `width` bytes, big-endian.
 * @param {number} number
 * @param {number} width
 */
function i2osp(number, width) {
  return Uint8Array.from({ length: width }, (_, index) => number / 256 ** (width - 1 - index) & 0xff);
}
