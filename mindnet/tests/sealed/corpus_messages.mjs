/* The messages of the corpus, each as a device sees it that knows certain logs, and a room as one client reads it. */

import { b64, random, utf8 } from "../../static/mindnet/js/client/sealed/bytes.js";
import { sealEnvelope } from "../../static/mindnet/js/client/sealed/envelope.js";
import { AES_256_GCM } from "../../static/mindnet/js/client/sealed/suites.js";
import { sealBox, signAll, wrapFor } from "../../static/mindnet/js/client/sealed/wrapping.js";
import { ADA, BOB, changed, flipped, nonceOf, ROOM } from "../js/client/sealed/story.mjs";
import { MALLORY, own } from "./corpus_devices.mjs";
import { ada, bob } from "./corpus_logs.mjs";

const { ada_tablet: tablet } = own;

const prefix = (log, count) => ({ log, state: log.states[count - 1] });
const cardsOf = (...states) => states.flatMap(({ live }) => [...live.values()]);
const THUMBNAIL = "data:image/webp;base64,UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAfQ//73v/+BiOh/AAA=";
export const REACTIONS = new Uint8Array(32).fill(0x52);
export const FILE = { id: nonceOf(501), key: new Uint8Array(32).fill(0x46), name: "aura.webp", media_type: "image/webp",
  size: 1234, width: 40, height: 30, seconds: null, thumbnail: THUMBNAIL };
const said = (text, files = []) => ({ text, files, reactions: REACTIONS });

/** A message from `sender`, sealed when Ada's log had `ofAda` entries and Bob's `ofBob`. */
async function sent(sender, text, { ofAda = 5, ofBob = 3, number = 1, revision = 0, reply_to = null, files, as } = {}) {
  const states = [prefix(ada, ofAda).state, prefix(bob, ofBob).state];
  const heads = { [ADA]: states[0].head, [BOB]: states[1].head }, device = { ...own[sender], ...as };
  const about = { room: ROOM, nonce: nonceOf(number), revision, reply_to, heads };
  const sealed = await sealEnvelope(device, about, said(text, files), cardsOf(...states));
  const message = { id: 1000 + number, room: ROOM, seq: number, sender: { id: device.psychic }, nonce: about.nonce, reply_to,
    content: sealed.content };
  return { message, contentKey: sealed.contentKey, revision };
}

export const KNOWN = { [ADA]: ["ada"], [BOB]: ["bob"] };
export const messages = [];
const expect = (name, message, as, result, more = {}) => messages.push({ name, logs: KNOWN, as, message, ...more, result });
const reads = ({ message, contentKey, revision }, sender, text, files = []) => ({
  ok: true, text, files: files.map((file) => ({ ...file, key: b64(file.key) })), reactions: b64(REACTIONS),
  device: sender, revision, content_key: b64(contentKey),
});
const refused = (name, message, why, as = ["bob_telephone"], more) => expect(name, message, as, { ok: false, why }, more);

export const hello = await sent("ada_tablet", "Héllo 🔮");
for (const as of ["bob_telephone", "bob_desk", "bob_recovery", "ada_tablet", "ada_telephone", "ada_recovery"]) {
  expect(`read by ${as}`, hello.message, [as], reads(hello, "ada_tablet", "Héllo 🔮"));
}
const picture = await sent("bob_desk", "", { files: [FILE], reply_to: 1001, number: 2 });
expect("a file, in a reply, by P-256", picture.message, ["ada_tablet"], reads(picture, "bob_desk", "", [FILE]));
export const early = await sent("ada_laptop", "before", { ofAda: 3, ofBob: 1, number: 3 });
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
refused("sent by the other in one's own name", (await sent("bob_telephone", "I give up", { as: { psychic: ADA } })).message,
  "device");
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
  const nothing = { text: "", files: [], reactions: b64(REACTIONS) };
  const box = plain === undefined ? await sealBox(contentKey, aad ?? header, nothing) : await rawBox(contentKey, header, plain);
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
const keyless = await crafted({ wraps: (wraps) =>
  wraps.map((wrap) => ({ ...wrap, enc: new Uint8Array(wrap.enc.length) })) });
refused("wrapped with a key that is none", keyless, "wrap");
refused("the same, by P-256", keyless, "wrap", ["bob_desk"]);
refused("wrapped for others only", await crafted({ wraps: (wraps) =>
  wraps.filter(({ device }) => device !== own.bob_telephone.id) }), "wrap_missing");
refused("a box of another header", await crafted({ aad: "{}" }), "box");
refused("no UTF-8 in the box", await crafted({ plain: Uint8Array.of(0xff) }), "text");
refused("no JSON in the box", await crafted({ plain: "hello" }), "text");
refused("a member more in the box", await crafted({ plain: plainOf({ html: "<b>" }) }), "text");
refused("a text of 4,001 characters", await crafted({ plain: plainOf({ text: "x".repeat(4001) }) }), "text");
refused("21 files", await crafted({ plain: plainOf({ files: Array(21).fill({ ...file, thumbnail: null }) }) }), "text");
const withFile = (change) => crafted({ plain: plainOf({ files: [{ ...file, ...change }] }) });
refused("a thumbnail that is none", await withFile({ thumbnail: "https://evil.example/" }), "text");
refused("a key of 16 bytes", await withFile({ key: b64(random(16)) }), "text");

// A room as one client reads it, one after the other.
export const order = [];
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
then("the edit before it", await sent("ada_tablet", "corected", { number: 4, revision: 1 }),
  { ok: false, why: "rolled_back" });
then("the same again", fifth, { ok: true, text: "after the revocation", refutes: [] });
then("the same again as another message", { message: { ...fifth.message, id: 2000, seq: 20 } }, { ok: false, why: "replayed" });
