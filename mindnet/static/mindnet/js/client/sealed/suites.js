/* The primitives, all of them WebCrypto's, and the two suites made of them. Nothing else here touches a key.

   Numbers are those of RFC 9180, section 7. Private keys cannot be read out unless that is asked for. */

/** @import { Bytes } from "./bytes.js" */
/** @import { Aead, HpkeSuite, Kdf, Kem } from "./hpke.js" */

/**
 * @typedef {object} Signatures
 * @property {number} length of a public key, in bytes
 * @property {(extractable: boolean) => Promise<CryptoKeyPair>} generateKeyPair
 * @property {(pkm: Bytes) => Promise<CryptoKey>} deserializePublicKey
 * @property {(pkcs8: Bytes) => Promise<CryptoKey>} importPrivateKey
 * @property {(sk: CryptoKey, bytes: Bytes) => Promise<Bytes>} sign gives 64 bytes
 * @property {(pk: CryptoKey, signature: Bytes, bytes: Bytes) => Promise<boolean>} verify
 */

/**
 * A KEM whose keys are made to last, unlike those of one message.
 * @typedef {Kem & {Npk: number, makeKeyPair: (extractable: boolean) => Promise<CryptoKeyPair>,
 *   importPrivateKey: (pkcs8: Bytes) => Promise<CryptoKey>}} LastingKem
 */

/** @typedef {1 | 2} SuiteId */
/** @typedef {HpkeSuite & {id: SuiteId, kem: LastingKem, signatures: Signatures}} Suite */

const { subtle } = crypto;
export const SIGNATURE_BYTES = 64;

/** @param {ArrayBuffer} buffer */
const bytesOf = (buffer) => new Uint8Array(buffer);

/**
 * DHKEM (4.1) over a group of WebCrypto's. For both groups Nsecret and the length of a shared secret are 32 bytes (7.1).
 * @param {number} id
 * @param {number} Npk
 * @param {EcKeyGenParams | Algorithm} algorithm
 * @returns {LastingKem}
 */
export function dhkem(id, Npk, algorithm) {
  /** @param {boolean} extractable */
  const makeKeyPair = async (extractable) =>
    /** @type {CryptoKeyPair} */ (await subtle.generateKey(algorithm, extractable, ["deriveBits"]));
  return {
    id,
    Npk,
    Nsecret: 32,
    makeKeyPair,
    generateKeyPair: () => makeKeyPair(false),
    // All zeros, as points of low order give, WebCrypto refuses by itself (7.1.4).
    dh: async (sk, pk) => bytesOf(await subtle.deriveBits({ name: algorithm.name, public: pk }, sk, 256)),
    serializePublicKey: async (pk) => bytesOf(await subtle.exportKey("raw", pk)),
    deserializePublicKey: (pkm) => subtle.importKey("raw", pkm, algorithm, true, []),
    importPrivateKey: (pkcs8) => subtle.importKey("pkcs8", pkcs8, algorithm, false, ["deriveBits"]),
  };
}

/**
 * @param {number} length
 * @param {EcKeyGenParams | Algorithm} algorithm of the keys
 * @param {EcdsaParams | Algorithm} scheme of the signature
 * @returns {Signatures}
 */
function signatures(length, algorithm, scheme) {
  return {
    length,
    generateKeyPair: async (extractable) =>
      /** @type {CryptoKeyPair} */ (await subtle.generateKey(algorithm, extractable, ["sign", "verify"])),
    deserializePublicKey: (pkm) => subtle.importKey("raw", pkm, algorithm, true, ["verify"]),
    importPrivateKey: (pkcs8) => subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]),
    sign: async (sk, bytes) => bytesOf(await subtle.sign(scheme, sk, bytes)),
    verify: (pk, signature, bytes) => subtle.verify(scheme, pk, signature, bytes),
  };
}

/**
 * AES-GCM with a tag of 16 bytes behind the ciphertext (7.3).
 * @param {number} id
 * @param {number} Nk
 * @returns {Aead}
 */
function aesGcm(id, Nk) {
  return {
    id,
    Nk,
    Nn: 12,
    async seal(key, iv, additionalData, pt) {
      const secret = await subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
      return bytesOf(await subtle.encrypt({ name: "AES-GCM", iv, additionalData }, secret, pt));
    },
    async open(key, iv, additionalData, ct) {
      const secret = await subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
      return bytesOf(await subtle.decrypt({ name: "AES-GCM", iv, additionalData }, secret, ct));
    },
  };
}

/**
 * @param {Bytes} key
 * @param {Bytes} bytes
 */
export async function hmac(key, bytes) {
  return bytesOf(await subtle.sign("HMAC", await hmacKey(key), bytes));
}

/** @param {Bytes} key */
function hmacKey(key) {
  return subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** @type {Promise<CryptoKey> | undefined} */
let emptySalt;

/** @type {Kdf} */
export const HKDF_SHA256 = {
  id: 0x0001,
  material: (ikm) => subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]),
  derive: async (salt, ikm, info, length) =>
    bytesOf(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, ikm, length * 8)),
  async extract(ikm) {
    // An empty salt is as many zeros as a hash has bytes (RFC 5869, section 2.2); WebCrypto takes no empty key.
    emptySalt ??= hmacKey(new Uint8Array(32));
    return bytesOf(await subtle.sign("HMAC", await emptySalt, ikm));
  },
};

export const AES_128_GCM = aesGcm(0x0001, 16);
export const AES_256_GCM = aesGcm(0x0002, 32);
export const DHKEM_X25519 = dhkem(0x0020, 32, { name: "X25519" });
export const DHKEM_P256 = dhkem(0x0010, 65, { name: "ECDH", namedCurve: "P-256" });
const ED25519 = signatures(32, { name: "Ed25519" }, { name: "Ed25519" });
const ECDSA_P256 = signatures(65, { name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" });

/** @type {Record<SuiteId, Suite>} */
export const SUITES = {
  1: { id: 1, kem: DHKEM_X25519, kdf: HKDF_SHA256, aead: AES_256_GCM, signatures: ED25519 },
  2: { id: 2, kem: DHKEM_P256, kdf: HKDF_SHA256, aead: AES_256_GCM, signatures: ECDSA_P256 },
};

/**
 * HKDF of RFC 5869 with SHA-256.
 * @param {Bytes} ikm
 * @param {Bytes} salt
 * @param {Bytes} info
 * @param {number} length in bytes
 */
export async function hkdf(ikm, salt, info, length) {
  return HKDF_SHA256.derive(salt, await HKDF_SHA256.material(ikm), info, length);
}

/**
 * The suites this browser has, found out by trying, the first of them to be preferred. Empty: nothing can be sealed here.
 *
 * Whoever lacks suite 1 can take part with keys of suite 2, and cannot seal for devices of suite 1.
 * @param {Record<SuiteId, Suite>} [suites]
 * @returns {Promise<SuiteId[]>}
 */
export async function available(suites = SUITES) {
  const tried = await Promise.all(Object.values(suites).map(async (suite) => await works(suite) ? [suite.id] : []));
  return tried.flat();
}

/** @param {Suite} suite */
async function works({ kem, kdf, aead, signatures: own }) {
  try {
    const [one, signing] = await Promise.all([kem.makeKeyPair(false), own.generateKeyPair(false)]);
    const empty = new Uint8Array(0), secret = await kem.dh(one.privateKey, one.publicKey);
    const key = await kdf.derive(empty, await kdf.material(secret), empty, aead.Nk);
    await aead.seal(key, new Uint8Array(aead.Nn), empty, empty);
    return await own.verify(signing.publicKey, await own.sign(signing.privateKey, secret), secret);
  } catch {
    return false; // the page is no secure context, or the algorithm is missing
  }
}
