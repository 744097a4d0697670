/* HPKE by the RFC's own vectors. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decap, encap, keySchedule, open, seal } from "../../../../static/mindnet/js/client/sealed/hpke.js";
import { AES_128_GCM, AES_256_GCM, DHKEM_P256, DHKEM_X25519, HKDF_SHA256, SUITES, available, dhkem }
  from "../../../../static/mindnet/js/client/sealed/suites.js";

const { vectors } = JSON.parse(readFileSync(new URL("rfc9180.json", import.meta.url)));
const KEMS = { 0x20: DHKEM_X25519, 0x10: DHKEM_P256 }, AEADS = { 1: AES_128_GCM, 2: AES_256_GCM };
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (array) => Buffer.from(array).toString("hex");

/** A private key as the vectors print it: a number. WebCrypto takes it with a name around it. */
function privateKey(kem, sk, pk) {
  const b64 = (part) => Buffer.from(part, "hex").toString("base64url");
  const [algorithm, jwk] = kem === DHKEM_X25519
    ? [{ name: "X25519" }, { kty: "OKP", crv: "X25519", d: b64(sk), x: b64(pk) }]
    : [{ name: "ECDH", namedCurve: "P-256" },
       { kty: "EC", crv: "P-256", d: b64(sk), x: b64(pk.slice(2, 66)), y: b64(pk.slice(66)) }];
  return crypto.subtle.importKey("jwk", jwk, algorithm, false, ["deriveBits"]);
}

for (const vector of vectors) {
  const kem = KEMS[vector.kem_id], suite = { kem, kdf: HKDF_SHA256, aead: AEADS[vector.aead_id] };
  const title = vector.appendix ?? `published beside it, KEM ${vector.kem_id}, AEAD ${vector.aead_id}`;
  const [info, aad, pt] = [vector.info, vector.aad, vector.pt].map(bytes);

  test(`RFC 9180, ${title}: what is sealed`, async () => {
    const pkR = await kem.deserializePublicKey(bytes(vector.pkRm));
    const pair = { privateKey: await privateKey(kem, vector.skEm, vector.pkEm),
      publicKey: await kem.deserializePublicKey(bytes(vector.pkEm)) };
    const { shared_secret, enc } = await encap(kem, suite.kdf, pkR, pair);
    assert.deepEqual([hex(shared_secret), hex(enc)], [vector.shared_secret, vector.enc]);
    const { key, base_nonce } = await keySchedule(suite, shared_secret, info);
    assert.deepEqual([hex(key), hex(base_nonce)], [vector.key, vector.base_nonce]);
    assert.equal(hex((await seal(suite, pkR, info, aad, pt, pair)).ct), vector.ct);
  });

  test(`RFC 9180, ${title}: what is opened`, async () => {
    const recipient = { skR: await privateKey(kem, vector.skRm, vector.pkRm), pkRm: bytes(vector.pkRm) };
    assert.equal(hex(await decap(kem, suite.kdf, bytes(vector.enc), recipient)), vector.shared_secret);
    assert.equal(hex(await open(suite, bytes(vector.enc), recipient, info, aad, bytes(vector.ct))), vector.pt);
  });
}

test("the RFC's appendices are among the vectors, and both of our suites", () => {
  assert.deepEqual(vectors.map(({ appendix }) => appendix), ["A.1.1", "A.3.1", null, null]);
  const ours = Object.values(SUITES).map(({ kem, kdf, aead }) => [kem.id, kdf.id, aead.id]);
  assert.deepEqual(vectors.slice(2).map((one) => [one.kem_id, one.kdf_id, one.aead_id]), ours);
});

test("each seal has keys of its own", async () => {
  const [pair, empty] = [await DHKEM_X25519.generateKeyPair(), new Uint8Array(0)];
  const [one, other] = await Promise.all([1, 2].map(() => seal(SUITES[1], pair.publicKey, empty, empty, empty)));
  assert.notDeepEqual(one.enc, other.enc);
  assert.notDeepEqual(one.ct, other.ct);
});

test("a point of low order gives no secret (7.1.4)", async () => {
  const { privateKey } = await DHKEM_X25519.generateKeyPair(), recipient = { skR: privateKey, pkRm: new Uint8Array(32) };
  await assert.rejects(decap(DHKEM_X25519, HKDF_SHA256, new Uint8Array(32), recipient), { name: "OperationError" });
});

test("which suites there are is found out by trying", async () => {
  assert.deepEqual(await available(), [1, 2]);
  // A name that WebCrypto does not know, as X25519 is to browsers before 2025.
  const unknown = { ...SUITES[1], kem: dhkem(0x20, 32, { name: "X25520" }) };
  assert.deepEqual(await available({ ...SUITES, 1: unknown }), [2]);
});
