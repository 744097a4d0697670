#!/usr/bin/env node
/* Writes corpus.json: what any program that reads or writes the format of docs/sealed.md has to say of the same bytes.

     node mindnet/tests/sealed/make_corpus.mjs

   The keys of its devices are those of the corpus that is there, so that they stay the same; the rest is sealed anew, and
   HPKE is never the same twice. What is expected of a case stands here, written by hand. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { b64, random, unb64, utf8 } from "../../static/mindnet/js/client/sealed/bytes.js";
import { idOf, makeDevice, readCard, shortCode, sign } from "../../static/mindnet/js/client/sealed/device.js";
import { begin, DeviceLog, endorse, revoke } from "../../static/mindnet/js/client/sealed/device_log.js";
import { sealEnvelope } from "../../static/mindnet/js/client/sealed/envelope.js";
import { sealChunks } from "../../static/mindnet/js/client/sealed/files.js";
import { sealHistory } from "../../static/mindnet/js/client/sealed/history.js";
import { pinOf } from "../../static/mindnet/js/client/sealed/pins.js";
import { sealReaction } from "../../static/mindnet/js/client/sealed/reactions.js";
import { makeBundle } from "../../static/mindnet/js/client/sealed/recovery.js";
import { safetyNumber } from "../../static/mindnet/js/client/sealed/safety_number.js";
import { AES_256_GCM, SUITES } from "../../static/mindnet/js/client/sealed/suites.js";
import { sealBox, signAll, wrapFor } from "../../static/mindnet/js/client/sealed/wrapping.js";
import { ADA, BOB, changed, flipped, nonceOf, NOW, ROOM } from "../js/client/sealed/story.mjs";

const PATH = new URL("corpus.json", import.meta.url);
const MALLORY = 13, CODE = "0123-4567-89AB-CDEF-GHJK-MNPQ-R0";
const ABOUT = {
  ada_laptop: { psychic: ADA, suite: 1, name: "Firefox on Linux" },
  ada_telephone: { psychic: ADA, suite: 2, name: "Telephone" },
  ada_tablet: { psychic: ADA, suite: 1, name: "Tablet 📱" },
  ada_recovery: { psychic: ADA, suite: 1, name: "Recovery code", kind: "recovery" },
  ada_later: { psychic: ADA, suite: 1, name: "A new beginning" },
  bob_telephone: { psychic: BOB, suite: 1, name: "Telephone" },
  bob_desk: { psychic: BOB, suite: 2, name: "Desk" },
  bob_recovery: { psychic: BOB, suite: 2, name: "Recovery code", kind: "recovery" },
  mallory: { psychic: MALLORY, suite: 1, name: "Mallory's" },
  planted: { psychic: ADA, suite: 1, name: "Firefox on Linux" }, // by whoever has the server, in Ada's name
};
const before = existsSync(PATH) ? JSON.parse(readFileSync(PATH, "utf8")).devices : {};

// Devices

const pkcs8 = async (key) => b64(new Uint8Array(await crypto.subtle.exportKey("pkcs8", key)));

async function kept(name) {
  if (before[name]) return before[name];
  const made = await makeDevice({ madeAt: NOW, extractable: true, ...ABOUT[name] });
  return { card: made.card, signature: made.signature, dh: await pkcs8(made.dh), sign: await pkcs8(made.sign) };
}

async function used({ card: text, signature, dh, sign: signing }) {
  const { id, suite, psychic, kind, dh: dhPublic } = await readCard(text, signature), { kem, signatures } = SUITES[suite];
  const [dhKey, signKey] = [["deriveBits"], ["sign"]].map((usages, index) =>
    crypto.subtle.importKey("pkcs8", unb64([dh, signing][index]), index ? algorithmOf(signatures) : algorithmOf(kem), true, usages));
  return { id, suite, psychic, kind, card: text, signature, dhPublic, dh: await dhKey, sign: await signKey };
}

function algorithmOf(part) {
  if (part === SUITES[1].kem) return { name: "X25519" };
  if (part === SUITES[1].signatures) return { name: "Ed25519" };
  return { name: part === SUITES[2].kem ? "ECDH" : "ECDSA", namedCurve: "P-256" };
}

const devices = {}, own = {}, cards = {};
for (const name of Object.keys(ABOUT)) {
  const keys = await kept(name);
  own[name] = await used(keys);
  cards[name] = await readCard(keys.card, keys.signature);
  devices[name] = { id: own[name].id, short_code: await shortCode(keys.card), ...keys };
}
const { ada_laptop: laptop, ada_telephone: telephone, ada_tablet: tablet, planted } = own;

// Logs

const grown = async (log, ...makers) => {
  for (const make of makers) log = await log.add(await make(log));
  return log;
};
const takesIn = (by, name) => (log) => endorse(log, own[by], cards[name], NOW);
const putsOut = (by, name) => (log) => revoke(log, own[by], own[name].id, NOW);
const ada = await grown(new DeviceLog(ADA), () => begin(laptop, NOW), takesIn("ada_laptop", "ada_recovery"),
  takesIn("ada_laptop", "ada_telephone"), putsOut("ada_telephone", "ada_laptop"), takesIn("ada_recovery", "ada_tablet"));
const bob = await grown(new DeviceLog(BOB), () => begin(own.bob_telephone, NOW), takesIn("bob_telephone", "bob_desk"),
  takesIn("bob_desk", "bob_recovery"));
const later = await grown(new DeviceLog(ADA), () => begin(own.ada_later, NOW));
const fork = await grown(new DeviceLog(ADA), async () => ada.entries[0], takesIn("ada_laptop", "planted"),
  takesIn("planted", "ada_telephone"), takesIn("ada_laptop", "ada_tablet"), takesIn("ada_laptop", "ada_recovery"));

const logs = {};
const good = (name, log) => {
  logs[name] = { psychic: log.psychic, entries: log.entries, ok: true, root: log.root, head: log.head,
    states: log.states.map(({ head, live }) => ({ head, live: [...live.keys()] })) };
};
const bad = (name, why, entries) => {
  logs[name] = { psychic: ADA, entries, ok: false, why, n: entries.length - 1 };
};
good("ada", ada);
good("bob", bob);
good("ada starts over", later);
good("ada, another one since the second entry", fork);

/** A statement as nobody should write it, signed by `by`. */
async function signed(by, statement) {
  const text = typeof statement === "string" ? statement : JSON.stringify(statement);
  return { statement: text, signature: await sign(by, "mindnet device log", utf8(text)) };
}
const after = (number, change = {}) => ({ ...JSON.parse(ada.entries[number].statement), ...change });
/** After so many good entries of Ada's log, one more. */
const next = async (name, why, count, by, statement) =>
  bad(name, why, [...ada.entries.slice(0, count), await signed(by, statement)]);
const adding = (card) => ({ device: card.id, card: card.text, card_signature: card.signature });

await next("a member nobody knows", "shape", 1, laptop, after(1, { admin: true }));
await next("a member too few", "shape", 1, laptop, after(1, { at: undefined }));
await next("a member twice", "shape", 1, laptop, ada.entries[1].statement.replace(/}$/, `,"by":"${laptop.id}"}`));
await next("another version", "shape", 1, laptop, after(1, { v: 2 }));
await next("no JSON", "shape", 1, laptop, `${ada.entries[1].statement},`);
await next("of another psychic", "psychic", 1, laptop, after(1, { psychic: BOB }));
await next("a number left out", "number", 1, laptop, after(1, { n: 2 }));
await next("another entry before", "previous", 1, laptop, after(1, { previous: flipped(ada.head) }));
await next("a second root", "deed", 1, laptop, after(1, { deed: "root", ...adding(cards.planted) }));
await next("no root at first", "deed", 0, laptop, after(0, { deed: "endorse" }));
await next("a root signed by another", "by", 0, telephone, after(0, { by: telephone.id }));
await next("a recovery device as root", "card", 0, own.ada_recovery,
  after(0, { ...adding(cards.ada_recovery), by: own.ada_recovery.id }));
await next("another's card as root", "card", 0, own.mallory, after(0, { ...adding(cards.mallory), by: own.mallory.id }));
await next("endorsed by a stranger", "by", 1, planted, after(1, { ...adding(cards.planted), by: planted.id }));
await next("endorsed by who was revoked", "by", 4, laptop, after(4, { by: laptop.id }));
await next("signed by another than it says", "signature", 1, planted, after(1, adding(cards.planted)));
await next("a card of another psychic", "card", 1, laptop, after(1, adding(cards.mallory)));
await next("another id than the card's", "card", 1, laptop, after(1, { device: planted.id }));
await next("a card with another's signature", "card_signature", 1, laptop,
  after(1, { ...adding(cards.planted), card_signature: cards.ada_telephone.signature }));
await next("endorsed twice", "again", 3, laptop, { ...after(2), n: 3, previous: ada.states[2].head });
await next("come back after revocation", "again", 4, telephone,
  { ...after(4), ...adding(cards.ada_laptop), by: telephone.id });
await next("a second recovery device", "many", 2, laptop,
  after(2, adding(await cardMade({ psychic: ADA, suite: 1, name: "Second code", kind: "recovery" }))));
await next("revoked without being in it", "unknown", 3, telephone, after(3, { device: planted.id }));
await next("revoked twice", "unknown", 4, telephone, { ...after(3), n: 4, previous: ada.states[3].head });
bad("two entries in the other order", "number", [0, 2].map((number) => ada.entries[number]));
await crowded();

// Keys with which nobody could seal, or whose owner could not sign.
const lone = async (title, why, change) => {
  const text = JSON.stringify({ ...JSON.parse(cards.planted.text), ...change });
  const signature = await sign(planted, "mindnet device", utf8(text));
  await next(title, why, 1, laptop, after(1, { device: await idOf(text), card: text, card_signature: signature }));
};
await lone("a key of low order", "card", { dh: b64(new Uint8Array(32)) });
await lone("a key of the other suite", "card", { dh: JSON.parse(cards.ada_telephone.text).dh });
await lone("a key of nobody's", "card_signature", { sign: JSON.parse(cards.mallory.text).sign });
await lone("no name", "shape", { name: "" });
await lone("a name of 41 characters", "shape", { name: "📱".repeat(41) });
await lone("a third suite", "shape", { suite: 3 });

// One bit, or one character, of each member, with the signature as it was.
const FLIPS = { v: 2, psychic: BOB, n: 2, deed: "revokf", previous: flipped(ada.states[0].head), device: planted.id,
  card: cards.ada_recovery.text.replace("Recovery", "Recoverz"), card_signature: flipped(cards.ada_recovery.signature),
  by: planted.id, at: "2026-11-28T12:00:01Z" };
const FLIPPED = { v: "shape", psychic: "psychic", n: "number", deed: "shape", previous: "previous", by: "by" };
for (const [member, value] of Object.entries(FLIPS)) {
  bad(`${member} altered`, FLIPPED[member] ?? "signature",
    [ada.entries[0], { ...ada.entries[1], statement: JSON.stringify(after(1, { [member]: value })) }]);
}
bad("signature altered", "signature", [ada.entries[0], { ...ada.entries[1], signature: flipped(ada.entries[1].signature, 40) }]);
bad("signature cut off", "shape", [ada.entries[0], { ...ada.entries[1], signature: ada.entries[1].signature.slice(0, -2) }]);

async function cardMade(about) {
  const made = await makeDevice({ madeAt: NOW, ...about });
  return readCard(made.card, made.signature);
}

async function crowded() {
  let log = await grown(new DeviceLog(ADA), async () => ada.entries[0]);
  for (let count = 2; count <= 11; count++) {
    const card = await cardMade({ psychic: ADA, suite: 1, name: `Device ${count}` });
    const entry = await endorse(log, laptop, card, NOW);
    if (count === 11) bad("an eleventh device", "many", [...log.entries, entry]);
    else log = await log.add(entry);
  }
}

const pins = [
  ["nothing", null, "ada", "first"], ["all of it", pinOf(ada), "ada", "same"],
  ["its beginning", { root: ada.root, n: 1, head: ada.states[1].head }, "ada", "grown"],
  ["more than there is now", { ...pinOf(bob), n: 3 }, "bob", "withheld"],
  ["another at that number", pinOf(ada), "ada, another one since the second entry", "forked"],
  ["another root", pinOf(ada), "ada starts over", "other_root"],
].map(([name, pin, log, is]) => ({ name, pin, log, is }));

// Messages

const prefix = (log, count) => ({ log, state: log.states[count - 1] });
const cardsOf = (...states) => states.flatMap(({ live }) => [...live.values()]);
const THUMBNAIL = "data:image/webp;base64,UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAfQ//73v/+BiOh/AAA=";
const REACTIONS = new Uint8Array(32).fill(0x52);
const FILE = { id: nonceOf(501), key: new Uint8Array(32).fill(0x46), name: "aura.webp", media_type: "image/webp", size: 1234,
  width: 40, height: 30, seconds: null, thumbnail: THUMBNAIL };
const said = (text, files = []) => ({ text, files, reactions: REACTIONS });

/** A message from `sender`, sealed when Ada's log had `ofAda` entries and Bob's `ofBob`. */
async function sent(sender, text, { ofAda = 5, ofBob = 3, number = 1, revision = 0, reply_to = null, files } = {}) {
  const states = [prefix(ada, ofAda).state, prefix(bob, ofBob).state];
  const heads = { [ADA]: states[0].head, [BOB]: states[1].head }, device = own[sender];
  const about = { room: ROOM, nonce: nonceOf(number), revision, reply_to, heads };
  const sealed = await sealEnvelope(device, about, said(text, files), cardsOf(...states));
  const message = { id: 1000 + number, room: ROOM, seq: number, sender: { id: device.psychic }, nonce: about.nonce, reply_to,
    content: sealed.content };
  return { message, contentKey: sealed.contentKey, revision };
}

const KNOWN = { [ADA]: ["ada"], [BOB]: ["bob"] };
const messages = [];
const expect = (name, message, as, result, more = {}) => messages.push({ name, logs: KNOWN, as, message, ...more, result });
const reads = ({ message, contentKey, revision }, sender, text, files = []) => ({
  ok: true, text, files: files.map((file) => ({ ...file, key: b64(file.key) })), reactions: b64(REACTIONS),
  device: sender, revision, content_key: b64(contentKey),
});
const refused = (name, message, why, as = ["bob_telephone"], more) => expect(name, message, as, { ok: false, why }, more);

const hello = await sent("ada_tablet", "Héllo 🔮");
for (const as of ["bob_telephone", "bob_desk", "bob_recovery", "ada_tablet", "ada_telephone", "ada_recovery"]) {
  expect(`read by ${as}`, hello.message, [as], reads(hello, "ada_tablet", "Héllo 🔮"));
}
const picture = await sent("bob_desk", "", { files: [FILE], reply_to: 1001, number: 2 });
expect("a file, in a reply, by P-256", picture.message, ["ada_tablet"], reads(picture, "bob_desk", "", [FILE]));
const early = await sent("ada_laptop", "before", { ofAda: 3, ofBob: 1, number: 3 });
expect("sent by who was revoked since", early.message, ["bob_telephone"], reads(early, "ada_laptop", "before"));
expect("read with the recovery device behind one's own", early.message, ["ada_tablet", "ada_recovery"],
  reads(early, "ada_laptop", "before"));
refused("sent before one was there", early.message, "wrap_missing", ["ada_tablet"]);
expect("the same, with its key handed on", early.message, ["ada_tablet"], reads(early, "ada_laptop", "before"),
  { handed_on: b64(early.contentKey) });
refused("with a wrong key handed on", early.message, "box", ["ada_tablet"], { handed_on: b64(random(32)) });
refused("after revocation", (await sent("ada_tablet", "secret")).message, "wrap_missing", ["ada_laptop"]);
const edited = await sent("ada_telephone", "corrected", { revision: 1, number: 1 });
expect("an edit, from another device", edited.message, ["bob_desk"], reads(edited, "ada_telephone", "corrected"));
refused("sent by who was revoked before", (await sent("ada_laptop", "still here?", { ofAda: 5 })).message, "device");
refused("sent by a device nobody has endorsed", (await sent("planted", "it is me")).message, "device");
const tooNew = await sent("ada_tablet", "new");
refused("a state of a log that is not known", tooNew.message, "heads", ["bob_telephone"],
  { logs: { [ADA]: ["ada, another one since the second entry"], [BOB]: ["bob"] } });
expect("by who has started over since", early.message, ["bob_telephone"], reads(early, "ada_laptop", "before"),
  { logs: { [ADA]: ["ada", "ada starts over"], [BOB]: ["bob"] } });

// What the server says beside it.
const elsewhere = (change) => ({ ...hello.message, ...change });
refused("in another room", elsewhere({ room: 13 }), "room");
refused("in the name of the other", elsewhere({ sender: { id: BOB } }), "sender");
refused("under another nonce", elsewhere({ nonce: nonceOf(77) }), "nonce");
refused("as an answer to something", elsewhere({ reply_to: 88 }), "reply_to");
refused("two envelopes swapped", elsewhere({ content: picture.message.content }), "sender");

// One bit, or one character, of each part, with the signature as it was.
const ALTERED = {
  "header v": [({ header }) => { header.v = 2; }, "shape"],
  "header suite": [({ header }) => { header.suite = 2; }, "suite"],
  "header room": [({ header }) => { header.room = 13; }, "room"],
  "header sender": [({ header }) => { header.sender = BOB; }, "sender"],
  "header device": [({ header }) => { header.device = own.ada_telephone.id; }, "suite"],
  "header device, of the same suite": [({ header }) => { header.device = own.ada_recovery.id; }, "signature"],
  "header nonce": [({ header }) => { header.nonce = nonceOf(0); }, "nonce"],
  "header revision": [({ header }) => { header.revision = 1; }, "signature"],
  "header reply_to": [({ header }) => { header.reply_to = 1; }, "reply_to"],
  "header heads, of the sender": [({ header }) => { header.heads[ADA] = flipped(header.heads[ADA]); }, "heads"],
  "header heads, of the other": [({ header }) => { header.heads[BOB] = bob.states[0].head; }, "signature"],
  "header heads, one left out": [({ header }) => { delete header.heads[BOB]; }, "heads"],
  "header heads, of a third": [({ header }) => { header.heads[MALLORY] = bob.head; }, "heads"],
  "header, a member more": [({ header }) => { header.admin = true; }, "shape"],
  "a member more": [({ envelope }) => { envelope.note = ""; }, "shape"],
  "box, the iv": [({ envelope }) => { envelope.box = flipped(envelope.box); }, "signature"],
  "box, the text": [({ envelope }) => { envelope.box = flipped(envelope.box, 20); }, "signature"],
  "box, the tag": [({ envelope }) => { envelope.box = flipped(envelope.box, -1); }, "signature"],
  "to, a device": [({ envelope: { to } }) => { to[0].device = flipped(to[0].device); }, "signature"],
  "to, an enc": [({ envelope: { to } }) => { to[0].enc = flipped(to[0].enc); }, "signature"],
  "to, a key": [({ envelope: { to } }) => { to[0].key = flipped(to[0].key, -1); }, "signature"],
  "to, another order": [({ envelope: { to } }) => { to.reverse(); }, "signature"],
  "to, one left out": [({ envelope: { to } }) => { to.pop(); }, "signature"],
  "to, one twice": [({ envelope: { to } }) => { to.push(to[0]); }, "shape"],
  "the signature": [({ envelope }) => { envelope.signature = flipped(envelope.signature, 7); }, "signature"],
  "the signature, cut off": [({ envelope }) => { envelope.signature = envelope.signature.slice(0, -4); }, "shape"],
};
for (const [part, [change, why]] of Object.entries(ALTERED)) {
  refused(`${part}: altered`, elsewhere({ content: changed(hello.message.content, change) }), why);
}
refused("no JSON", elsewhere({ content: "hello" }), "shape");
refused("longer than 32 KiB", elsewhere({ content: hello.message.content + " ".repeat(32 * 1024) }), "shape");
refused("a member twice", elsewhere({ content: hello.message.content.replace(/}$/, `,"box":""}`) }), "shape");

/** An envelope that is signed as it should be, and holds what it should not. */
async function crafted({ plain, aad, wraps: change = (wraps) => wraps, label = "mindnet envelope" }) {
  const { header } = JSON.parse(hello.message.content), contentKey = random(32);
  const box = plain === undefined ? await sealBox(contentKey, aad ?? header, { text: "", files: [], reactions: b64(REACTIONS) })
    : await rawBox(contentKey, header, plain);
  const wraps = change(await Promise.all(cardsOf(prefix(ada, 5).state, prefix(bob, 3).state)
    .map((card) => wrapFor("mindnet envelope", header, contentKey, card))));
  const to = wraps.map(({ device, enc, key }) => ({ device, enc: b64(enc), key: b64(key) }));
  const signature = await signAll(label, tablet, { header, box, wraps });
  return elsewhere({ content: JSON.stringify({ header, box: b64(box), to, signature }) });
}

async function rawBox(contentKey, header, plain) {
  const iv = random(12), bytes = typeof plain === "string" ? utf8(plain) : plain;
  return new Uint8Array([...iv, ...await AES_256_GCM.seal(contentKey, iv, utf8(header), bytes)]);
}
const plainOf = (change) => JSON.stringify({ text: "", files: [], reactions: b64(REACTIONS), ...change });
const file = { ...FILE, key: b64(FILE.key) };
refused("signed under another label", await crafted({ label: "mindnet history" }), "signature");
refused("the wraps of two devices swapped", await crafted({ wraps: (wraps) => {
  const [one, two] = ["bob_telephone", "ada_tablet"].map((name) => wraps.find(({ device }) => device === own[name].id));
  [one.enc, two.enc, one.key, two.key] = [two.enc, one.enc, two.key, one.key];
  return wraps;
} }), "wrap");
refused("wrapped with a key that is none", await crafted({ wraps: (wraps) =>
  wraps.map((wrap) => ({ ...wrap, enc: new Uint8Array(wrap.enc.length) })) }), "wrap");
refused("wrapped for others only", await crafted({ wraps: (wraps) =>
  wraps.filter(({ device }) => device !== own.bob_telephone.id) }), "wrap_missing");
refused("a box of another header", await crafted({ aad: "{}" }), "box");
refused("no UTF-8 in the box", await crafted({ plain: Uint8Array.of(0xff) }), "text");
refused("no JSON in the box", await crafted({ plain: "hello" }), "text");
refused("a member more in the box", await crafted({ plain: plainOf({ html: "<b>" }) }), "text");
refused("a text of 4,001 characters", await crafted({ plain: plainOf({ text: "x".repeat(4001) }) }), "text");
refused("21 files", await crafted({ plain: plainOf({ files: Array(21).fill({ ...file, thumbnail: null }) }) }), "text");
refused("a thumbnail that is none", await crafted({ plain: plainOf({ files: [{ ...file, thumbnail: "https://evil.example/" }] }) }), "text");
refused("a key of 16 bytes", await crafted({ plain: plainOf({ files: [{ ...file, key: b64(random(16)) }] }) }), "text");

// A room as one client reads it, one after the other.
const order = [];
const then = (name, one, result) => order.push({ name, message: one.message, result });
const fifth = await sent("ada_telephone", "after the revocation", { ofAda: 4, number: 5 });
then("", fifth, { ok: true, text: "after the revocation", refutes: [] });
then("a device that was revoked, in an older state's name", await sent("ada_laptop", "it is me", { ofAda: 3, number: 6 }),
  { ok: false, why: "older_state" });
then("the other, in an older state's name", await sent("bob_telephone", "hm", { ofAda: 3, number: 7 }),
  { ok: false, why: "older_state" });
then("what was said before, read afterwards", await sent("ada_laptop", "before", { ofAda: 3, ofBob: 2, number: 4 }),
  { ok: true, text: "before", refutes: [] });
const ninth = await sent("bob_telephone", "old", { ofAda: 4, number: 9 });
then("", ninth, { ok: true, text: "old", refutes: [] });
then("a newer state before it: that one could not be there", await sent("bob_desk", "new", { ofAda: 5, number: 8 }),
  { ok: true, text: "new", refutes: [1009] });
then("as it says itself when it is opened anew", ninth, { ok: false, why: "older_state" });
then("an edit of an old message, in the newest state", await sent("ada_tablet", "corrected", { number: 4, revision: 2 }),
  { ok: true, text: "corrected", refutes: [] });
then("the edit before it", await sent("ada_tablet", "corected", { number: 4, revision: 1 }), { ok: false, why: "rolled_back" });
then("the same again", fifth, { ok: true, text: "after the revocation", refutes: [] });
then("the same again as another message", { message: { ...fifth.message, id: 2000, seq: 20 } }, { ok: false, why: "replayed" });

// Recovery

const recovery = {
  code: CODE, bytes: "00443214c74254b635cf84653a56d7c0", device: "ada_recovery",
  bundle: await makeBundle(CODE, own.ada_recovery),
  typed: [CODE, CODE.toLowerCase(), CODE.replaceAll("-", ""), ` ${CODE.replaceAll("-", " ")}\n`, CODE.replaceAll("0", "O"),
    CODE.replaceAll("1", "l"), CODE.replaceAll("1", "I")],
  no_codes: ["", CODE.slice(0, -1), `${CODE}0`, CODE.replace(/0$/, "1"), CODE.replace("2", "U"), CODE.replace("2", "*")],
  other_code: CODE.replace("0", "1"),
};

// Reactions

const reaction = async (psychic, emoji) => sealReaction(REACTIONS, psychic, emoji);
const eye = await reaction(ADA, "👁");
const reactions = [
  { psychic: ADA, token: eye, key: b64(REACTIONS), ok: true, emoji: "👁" },
  { psychic: BOB, token: await reaction(BOB, "👩🏽‍❤️‍💋‍👨🏿"), key: b64(REACTIONS), ok: true, emoji: "👩🏽‍❤️‍💋‍👨🏿" },
  { psychic: BOB, token: eye, key: b64(REACTIONS), ok: false, why: "sender" },
  { psychic: ADA, token: eye, key: b64(new Uint8Array(32)), ok: false, why: "box" },
  { psychic: ADA, token: flipped(eye), key: b64(REACTIONS), ok: false, why: "box" },
  { psychic: ADA, token: flipped(eye, 30), key: b64(REACTIONS), ok: false, why: "box" },
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

const corpus = { room: ROOM, devices, logs, pins, messages, order: { logs: KNOWN, as: "bob_telephone", steps: order }, recovery,
  reactions, files, history, safety_numbers };
writeFileSync(PATH, `${JSON.stringify(corpus, null, 1)}\n`);
