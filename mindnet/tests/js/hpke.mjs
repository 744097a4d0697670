/* Our HPKE against @hpke/core: what one has sealed, the other opens. Run by test_hpke.py with the address of the module. */

import assert from "node:assert/strict";

import { open, seal } from "../../static/mindnet/js/client/sealed/hpke.js";
import { AES_128_GCM, DHKEM_P256, DHKEM_X25519, HKDF_SHA256, SUITES }
  from "../../static/mindnet/js/client/sealed/suites.js";

const theirs = await import(process.argv[2]);
const aes128 = { kdf: HKDF_SHA256, aead: AES_128_GCM };
const suites = [SUITES[1], SUITES[2], { ...aes128, kem: DHKEM_X25519 }, { ...aes128, kem: DHKEM_P256 }];
const KEMS = { 0x20: theirs.DhkemX25519HkdfSha256, 0x10: theirs.DhkemP256HkdfSha256 };
const AEADS = { 1: theirs.Aes128Gcm, 2: theirs.Aes256Gcm };
const bytes = (length) => crypto.getRandomValues(new Uint8Array(length));

let count = 0;
for (const ours of suites) {
  const other = new theirs.CipherSuite({ kem: new KEMS[ours.kem.id](), kdf: new theirs.HkdfSha256(),
    aead: new AEADS[ours.aead.id]() });
  for (const length of [0, 1, 32, 1000]) {
    const [info, aad, pt] = [bytes(length), bytes(length), bytes(length)], { kem } = ours;
    const pair = await kem.makeKeyPair(true), pkRm = await kem.serializePublicKey(pair.publicKey);
    const pkR = await other.kem.deserializePublicKey(pkRm);

    const made = await other.createSenderContext({ recipientPublicKey: pkR, info });
    const ct = new Uint8Array(await made.seal(pt, aad)), recipient = { skR: pair.privateKey, pkRm };
    assert.deepEqual(await open(ours, new Uint8Array(made.enc), recipient, info, aad, ct), pt);

    const sealed = await seal(ours, pair.publicKey, info, aad, pt);
    const recipientKey = { privateKey: pair.privateKey, publicKey: pkR };
    const context = await other.createRecipientContext({ recipientKey, enc: sealed.enc, info });
    assert.deepEqual(new Uint8Array(await context.open(sealed.ct, aad)), pt);
    count += 2;
  }
}
console.log(`${count} opened`);
