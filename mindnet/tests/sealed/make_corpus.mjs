#!/usr/bin/env node
/* Writes corpus.json: what any program that reads or writes the format of docs/sealed.md has to say of the same bytes.

     node mindnet/tests/sealed/make_corpus.mjs

   The keys of its devices are those of the corpus that is there, so that they stay the same; the rest is sealed anew, and
   HPKE is never the same twice. What is expected of a case stands here, written by hand. */

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

import { b64, concat, utf8 } from "../../static/mindnet/js/client/sealed/bytes.js";
import { sealChunks } from "../../static/mindnet/js/client/sealed/files.js";
import { sealHistory } from "../../static/mindnet/js/client/sealed/history.js";
import { sealReaction } from "../../static/mindnet/js/client/sealed/reactions.js";
import { makeBundle } from "../../static/mindnet/js/client/sealed/recovery.js";
import { safetyNumber } from "../../static/mindnet/js/client/sealed/safety_number.js";
import { AES_256_GCM, hkdf } from "../../static/mindnet/js/client/sealed/suites.js";
import { ADA, BOB, changed, flipped, ROOM } from "../js/client/sealed/story.mjs";
import { cards, devices, own, PATH } from "./corpus_devices.mjs";
import { ada, bob, later, logs, pins } from "./corpus_logs.mjs";
import { early, FILE, hello, KNOWN, messages, order, REACTIONS } from "./corpus_messages.mjs";

const { ada_telephone: telephone, planted } = own;
const CODE = "0123-4567-89AB-CDEF-GHJK-MNPQ-R0";

// Recovery

const recovery = {
  code: CODE, bytes: "00443214c74254b635cf84653a56d7c0", device: "ada_recovery",
  bundle: JSON.stringify(await makeBundle(CODE, own.ada_recovery)),
  typed: [CODE, CODE.toLowerCase(), CODE.replaceAll("-", ""), ` ${CODE.replaceAll("-", " ")}\n`, CODE.replaceAll("0", "O"),
    CODE.replaceAll("1", "l"), CODE.replaceAll("1", "I")],
  no_codes: ["", CODE.slice(0, -1), `${CODE}0`, CODE.replace(/0$/, "1"), CODE.replace("2", "U"), CODE.replace("2", "*")],
  other_code: CODE.replace("0", "1"),
};

// Reactions

const reaction = async (psychic, emoji) => sealReaction(REACTIONS, psychic, emoji);
/** Sealed with the right key, and with another iv than the format has: so that no two tokens say the same. */
async function oddReaction(psychic, emoji) {
  const keys = await hkdf(REACTIONS, new Uint8Array(0), utf8("mindnet reaction"), 64), iv = new Uint8Array(12).fill(7);
  const plain = new Uint8Array(48);
  plain.set(utf8(`${psychic}:${emoji}`));
  return b64(concat(iv, await AES_256_GCM.seal(keys.slice(0, 32), iv, utf8("mindnet reaction"), plain)));
}

const eye = await reaction(ADA, "👁");
const reactions = [
  { psychic: ADA, token: eye, key: b64(REACTIONS), ok: true, emoji: "👁" },
  { psychic: BOB, token: await reaction(BOB, "👩🏽‍❤️‍💋‍👨🏿"), key: b64(REACTIONS), ok: true, emoji: "👩🏽‍❤️‍💋‍👨🏿" },
  { psychic: BOB, token: eye, key: b64(REACTIONS), ok: false, why: "sender" },
  { psychic: ADA, token: eye, key: b64(new Uint8Array(32)), ok: false, why: "box" },
  { psychic: ADA, token: flipped(eye), key: b64(REACTIONS), ok: false, why: "box" },
  { psychic: ADA, token: flipped(eye, 30), key: b64(REACTIONS), ok: false, why: "box" },
  { psychic: ADA, token: await oddReaction(ADA, "👁"), key: b64(REACTIONS), ok: false, why: "box" },
  { psychic: ADA, token: eye.slice(4), key: b64(REACTIONS), ok: false, why: "shape" },
];

// Files: byte i of the plain one is i modulo 251. Of the sealed one, the SHA-256.

const patterned = (size) => new Blob([Uint8Array.from({ length: size }, (_, index) => index % 251)]);
const files = [];
for (const size of [0, 1, 1024 * 1024, 1024 * 1024 + 1]) {
  const sum = createHash("sha256");
  let sealedBytes = 0;
  for await (const chunk of sealChunks(patterned(size), FILE.key)) {
    sum.update(chunk);
    sealedBytes += chunk.length;
  }
  files.push({ size, key: b64(FILE.key), sealed_bytes: sealedBytes, sealed_sha256: sum.digest("hex") });
}

// History

const handed = new Map([[hello.message.nonce, hello.contentKey], [early.message.nonce, early.contentKey]]);
const [part] = await sealHistory(telephone, cards.ada_tablet, ROOM, handed);
const [strange] = await sealHistory(planted, cards.ada_tablet, ROOM, handed);
const handing = { room: ROOM, part: 0, as: "ada_tablet", log: "ada" };
const alteredPart = (change) => changed(part, change);
const history = [
  { name: "as it was handed on", ...handing, sealed: part, ok: true,
    keys: Object.fromEntries([...handed].map(([nonce, key]) => [nonce, b64(key)])) },
  { name: "for another room", ...handing, room: 13, sealed: part, ok: false, why: "room" },
  { name: "as another part", ...handing, part: 1, sealed: part, ok: false, why: "room" },
  { name: "for another device", ...handing, as: "ada_recovery", sealed: part, ok: false, why: "device" },
  { name: "from a device nobody has endorsed", ...handing, sealed: strange, ok: false, why: "device" },
  { name: "box altered", ...handing, sealed: alteredPart(({ envelope }) => { envelope.box = flipped(envelope.box, 9); }),
    ok: false, why: "signature" },
  { name: "key altered", ...handing, sealed: alteredPart(({ envelope }) => { envelope.key = flipped(envelope.key); }),
    ok: false, why: "signature" },
  { name: "signature altered", ...handing, ok: false, why: "signature",
    sealed: alteredPart(({ envelope }) => { envelope.signature = flipped(envelope.signature); }) },
];

// The safety number

const rooted = (log) => ({ psychic: log.psychic, root: log.root });
const safety_numbers = [];
for (const [one, other] of [[ada, bob], [bob, ada], [later, bob]].map((pair) => pair.map(rooted))) {
  safety_numbers.push({ one, other, groups: await safetyNumber(one, other) });
}

const corpus = { room: ROOM, devices, logs, pins, messages,
  order: { logs: KNOWN, as: "bob_telephone", steps: order }, recovery, reactions, files, history, safety_numbers };
writeFileSync(PATH, `${JSON.stringify(corpus, null, 1)}\n`);
