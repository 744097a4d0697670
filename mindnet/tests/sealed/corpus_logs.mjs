/* The logs of the corpus: whole ones, and those that nobody may take for one. */

import { b64, utf8 } from "../../static/mindnet/js/client/sealed/bytes.js";
import { idOf, makeDevice, readCard, sign } from "../../static/mindnet/js/client/sealed/device.js";
import { begin, DeviceLog, endorse, revoke } from "../../static/mindnet/js/client/sealed/device_log.js";
import { pinOf } from "../../static/mindnet/js/client/sealed/pins.js";
import { ADA, BOB, flipped, NOW } from "../js/client/sealed/story.mjs";
import { cards, own } from "./corpus_devices.mjs";

const { ada_laptop: laptop, ada_telephone: telephone, planted } = own;

const grown = async (log, ...makers) => {
  for (const make of makers) log = await log.add(await make(log));
  return log;
};
const takesIn = (by, name) => (log) => endorse(log, own[by], cards[name], NOW);
const putsOut = (by, name) => (log) => revoke(log, own[by], own[name].id, NOW);
export const ada = await grown(new DeviceLog(ADA), () => begin(laptop, NOW), takesIn("ada_laptop", "ada_recovery"),
  takesIn("ada_laptop", "ada_telephone"), putsOut("ada_telephone", "ada_laptop"), takesIn("ada_recovery", "ada_tablet"));
export const bob = await grown(new DeviceLog(BOB), () => begin(own.bob_telephone, NOW), takesIn("bob_telephone", "bob_desk"),
  takesIn("bob_desk", "bob_recovery"));
export const later = await grown(new DeviceLog(ADA), () => begin(own.ada_later, NOW));
const fork = await grown(new DeviceLog(ADA), async () => ada.entries[0], takesIn("ada_laptop", "planted"),
  takesIn("planted", "ada_telephone"), takesIn("ada_laptop", "ada_tablet"), takesIn("ada_laptop", "ada_recovery"));

export const logs = {};
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
const lone = async (title, why, change, device = planted) => {
  const text = JSON.stringify({ ...JSON.parse(device.card), ...change });
  const signature = await sign(device, "mindnet device", utf8(text));
  await next(title, why, 1, laptop, after(1, { device: await idOf(text), card: text, card_signature: signature }));
};
await lone("a key of low order", "card", { dh: b64(new Uint8Array(32)) });
await lone("a key of the other suite", "card", { dh: JSON.parse(cards.ada_telephone.text).dh });
await lone("a point that is not on the curve", "card", { dh: b64(Uint8Array.of(4, ...new Uint8Array(64).fill(1))) }, telephone);
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
const SIGNATURES = { altered: [flipped(ada.entries[1].signature, 40), "signature"],
  "cut off": [ada.entries[1].signature.slice(0, -2), "shape"] };
for (const [how, [signature, why]] of Object.entries(SIGNATURES)) {
  bad(`signature ${how}`, why, [ada.entries[0], { ...ada.entries[1], signature }]);
}

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

export const pins = [
  ["nothing", null, "ada", "first"], ["all of it", pinOf(ada), "ada", "same"],
  ["its beginning", { root: ada.root, n: 1, head: ada.states[1].head }, "ada", "grown"],
  ["more than there is now", { ...pinOf(bob), n: 3 }, "bob", "withheld"],
  ["another at that number", pinOf(ada), "ada, another one since the second entry", "forked"],
  ["another root", pinOf(ada), "ada starts over", "other_root"],
].map(([name, pin, log, is]) => ({ name, pin, log, is }));
