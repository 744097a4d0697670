/* The browser's modules as a program: on each line in what is to be done, `[deed, ...arguments]` as JSON; on each line out
   what came of it. Devices stay here and are named by their ids. */

import { createInterface } from "node:readline";

import { b64, unb64 } from "../../static/mindnet/js/client/sealed/bytes.js";
import { makeDevice, readCard, shortCode } from "../../static/mindnet/js/client/sealed/device.js";
import { begin, endorse, readLog } from "../../static/mindnet/js/client/sealed/device_log.js";
import { openFile, sealFile } from "../../static/mindnet/js/client/sealed/files.js";
import { open, seal } from "../../static/mindnet/js/client/sealed/hpke.js";
import { Link } from "../../static/mindnet/js/client/sealed/link.js";
import { openReaction, sealReaction } from "../../static/mindnet/js/client/sealed/reactions.js";
import { makeBundle, openBundle } from "../../static/mindnet/js/client/sealed/recovery.js";
import { safetyNumber } from "../../static/mindnet/js/client/sealed/safety_number.js";
import { AES_128_GCM, SUITES } from "../../static/mindnet/js/client/sealed/suites.js";

const AT = "2026-11-28T12:00:00Z";
const devices = new Map();
let link;

const logOf = async (psychic, entries) => {
  const read = await readLog(psychic, entries);
  if (!read.ok) throw new Error(`${read.why} at ${read.n}`);
  return read.log;
};

const suiteOf = (id, bits) => bits === 128 ? { ...SUITES[id], aead: AES_128_GCM } : SUITES[id];

const plain = (opened) => opened.ok
  ? { text: opened.text, files: opened.files.map((file) => ({ ...file, key: b64(file.key) })), reactions: b64(opened.reactions) }
  : opened.why;

const deeds = {
  async make({ name = "In Node", ...about }) {
    const device = await makeDevice({ name, madeAt: AT, ...about });
    devices.set(device.id, device);
    const { id, card, signature } = device;
    return { id, card, signature, short_code: await shortCode(card) };
  },
  /** Takes a device that was made elsewhere, as a code brings one back. */
  async adopt({ card: text, signature }, keys) {
    const { id, suite, psychic, kind, dh: dhPublic } = await readCard(text, signature);
    const dh = await SUITES[suite].kem.importPrivateKey(unb64(keys.dh));
    const sign = await SUITES[suite].signatures.importPrivateKey(unb64(keys.sign));
    devices.set(id, { id, suite, psychic, kind, card: text, signature, dhPublic, dh, sign });
  },
  begin: (id) => begin(devices.get(id), AT),
  endorse: async (id, psychic, entries, { card, signature }) =>
    endorse(await logOf(psychic, entries), devices.get(id), await readCard(card, signature), AT),
  read_logs: (psychic, logs) => Promise.all(logs.map(async (entries) => {
    const read = await readLog(psychic, entries);
    return read.ok ? [read.log.head] : [read.why, read.n];
  })),
  head: async (psychic, entries) => (await logOf(psychic, entries)).head,

  async look({ room, me, other, own }, logs) {
    link = new Link({ room, me, other, own: own.map((id) => devices.get(id)) });
    return Promise.all(Object.entries(logs).map(async ([psychic, entries]) =>
      link.take(Number(psychic), await logOf(Number(psychic), entries))));
  },
  async seal({ reactions, files = [], ...saying }) {
    const sealed = await link.seal({
      ...saying, files: files.map((file) => ({ ...file, key: unb64(file.key) })),
      ...reactions && { reactions: unb64(reactions) },
    });
    return sealed.ok ? sealed.content : { why: sealed.why };
  },
  open: async (message) => plain(await link.open(message)),
  open_all: (messages) => Promise.all(messages.map(async (message) => plain(await link.openEarlier(message)))),
  hand_on: async ({ card, signature }) => link.sealHistory(await readCard(card, signature)),
  take: (part, sealed) => link.takeHistory(part, sealed),

  bundle: (id, code) => makeBundle(code, devices.get(id)),
  async recover(code, bundle, { card, signature }) {
    const opened = await openBundle(code, bundle, await readCard(card, signature));
    if (opened.ok) devices.set(opened.device.id, opened.device);
    return opened.ok ? opened.device.id : opened.why;
  },

  react: (key, psychic, emoji) => sealReaction(unb64(key), psychic, emoji),
  reacted: (key, token, psychic) => openReaction(unb64(key), token, psychic),
  async seal_file(text) {
    const { key, sealed } = await sealFile(new Blob([unb64(text)]));
    return { key: b64(key), sealed: b64(new Uint8Array(await sealed.arrayBuffer())) };
  },
  async open_file(key, sealed) {
    const parts = [];
    for await (const part of openFile(new Blob([unb64(sealed)]), unb64(key))) parts.push(part);
    return b64(new Uint8Array(await new Blob(parts).arrayBuffer()));
  },
  safety_number: (one, other) => safetyNumber(one, other),

  async hpke_seal(suite, bits, pk, info, aad, pt) {
    const { kem } = SUITES[suite];
    const sealed = await seal(suiteOf(suite, bits), await kem.deserializePublicKey(unb64(pk)), unb64(info), unb64(aad), unb64(pt));
    return [b64(sealed.enc), b64(sealed.ct)];
  },
  async hpke_open(suite, bits, sk, pk, enc, info, aad, ct) {
    const recipient = { skR: await SUITES[suite].kem.importPrivateKey(unb64(sk)), pkRm: unb64(pk) };
    return b64(await open(suiteOf(suite, bits), unb64(enc), recipient, unb64(info), unb64(aad), unb64(ct)));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [deed, ...given] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await deeds[deed](...given) ?? null)}\n`);
}
