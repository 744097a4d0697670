/* A mind-link of two, and a server that does not keep to the rules. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { DeviceLog, endorse, readLog } from "../../../../static/mindnet/js/client/sealed/device_log.js";
import { sealHistory } from "../../../../static/mindnet/js/client/sealed/history.js";
import { Link } from "../../../../static/mindnet/js/client/sealed/link.js";
import { openBundle } from "../../../../static/mindnet/js/client/sealed/recovery.js";
import { ADA, begun, BOB, cardOf, device, flipped, nonceOf, NOW, opened, ROOM, Story } from "./story.mjs";

const texts = async (link, messages) => {
  const said = [];
  for (const message of messages) said.push(opened(await link.open(message)));
  return said;
};
const refusal = async (link) => (await link.seal({ nonce: nonceOf(99), text: "?" })).why ?? null;
const cut = async (log, count) => (await readLog(log.psychic, log.entries.slice(0, count))).log;

test("both read what is said, and nobody else does", async () => {
  const { story, ada, bob } = await begun();
  await story.send(ada, ADA, "Are you there?");
  await story.send(bob, BOB, "Yes.", { reply_to: 1 });
  for (const link of [ada, bob]) assert.deepEqual(await texts(link, story.messages), ["Are you there?", "Yes."]);
  const stranger = story.link(await device(BOB));
  assert.deepEqual(await texts(stranger, story.messages), ["wrap_missing", "wrap_missing"]);
});

test("while somebody has no device, there is nothing to seal for", async () => {
  const story = new Story(), laptop = await story.add(ADA), link = story.link(laptop);
  assert.deepEqual(link.trouble, { why: "log_missing", psychic: BOB });
  assert.equal(await refusal(link), "log_missing");
  await story.add(BOB);
  assert.equal(await refusal(story.refresh(link)), null);
});

test("a device that nobody has endorsed sends nothing", async () => {
  const { story } = await begun(), link = story.link(await device(ADA));
  assert.deepEqual(link.trouble, { why: "not_endorsed", psychic: ADA });
  assert.equal(await refusal(link), "not_endorsed");
});

test("nothing is sealed that nobody would open", async () => {
  const { ada } = await begun();
  for (const text of ["x".repeat(4001), "half a \ud83d"]) {
    assert.deepEqual(await ada.seal({ nonce: nonceOf(1), text }), { ok: false, why: "text" });
  }
});

test("a further device reads what is sent from then on, and with keys handed on what was before", async () => {
  const { story, laptop, ada, bob } = await begun();
  for (const text of ["one", "two"]) await story.send(bob, BOB, text);
  const tablet = await story.add(ADA, { by: laptop, suite: 2 }), link = story.link(tablet);
  story.refresh(bob);
  await story.send(bob, BOB, "three");
  assert.deepEqual(await texts(link, story.messages), ["wrap_missing", "wrap_missing", "three"]);
  await texts(story.refresh(ada), story.messages);
  const parts = await ada.sealHistory(await cardOf(tablet));
  for (const [part, sealed] of parts.entries()) assert.deepEqual(await link.takeHistory(part, sealed), { ok: true });
  assert.deepEqual(await texts(link, story.messages), ["one", "two", "three"]);
});

test("many keys are handed on in parts of at most 32 KiB, each in its place", async () => {
  const { story, laptop } = await begun(), tablet = await story.add(ADA, { by: laptop });
  const keys = new Map(Array.from({ length: 700 }, (_, index) => [nonceOf(index), new Uint8Array(32)]));
  const parts = await sealHistory(laptop, await cardOf(tablet), ROOM, keys);
  assert.deepEqual(parts.map((part) => part.length <= 32 * 1024), [true, true, true]);
  const link = story.link(tablet);
  assert.deepEqual(await link.takeHistory(0, parts[1]), { ok: false, why: "room" });
  for (const [part, sealed] of parts.entries()) assert.deepEqual(await link.takeHistory(part, sealed), { ok: true });
});

test("the code brings back all that was said since, on a new device that it endorses", async () => {
  const { story, laptop, ada, bob } = await begun();
  const recovery = await story.addRecovery(laptop);
  [ada, bob].forEach((link) => story.refresh(link));
  await story.send(ada, ADA, "to be kept");
  // Both devices of hers are lost: there is the code, and what the server has.
  const card = story.logs.get(ADA).device(recovery.device.id);
  const { device: recovered } = await openBundle(recovery.code.toLowerCase(), recovery.bundle, card);
  const found = await story.add(ADA, { by: recovered }), link = story.link(found, recovered);
  assert.deepEqual(await texts(link, story.messages), ["to be kept"]);
  await story.revoke(found, laptop.id);
  await story.send(story.refresh(link), ADA, "here again");
  assert.deepEqual(await texts(story.refresh(bob), story.messages), ["to be kept", "here again"]);
  assert.deepEqual(await texts(story.refresh(ada), story.messages), ["to be kept", "wrap_missing"]);
  assert.equal(await refusal(ada), "revoked");
});

test("a device that was added behind somebody's back breaks the log, and nothing is sent", async () => {
  const { story, laptop, ada, bob } = await begun(), planted = await device(ADA), message = await story.send(ada, ADA, "before");
  const log = story.logs.get(ADA), entry = await endorse(log, planted, await cardOf(planted), NOW);
  assert.equal(await bob.show(ADA, [...log.entries, entry]), "broken");
  assert.deepEqual(bob.trouble, { why: "broken", psychic: ADA });
  assert.equal(await refusal(bob), "broken");
  assert.equal(await bob.show(ADA, "no list"), "broken");
  assert.equal(opened(await bob.open(message)), "before");
  assert.equal(await bob.show(ADA, log.entries), "same");
  const altered = { ...log.entries[0], signature: flipped(log.entries[0].signature) };
  assert.equal(await bob.show(ADA, [altered]), "broken", "also what was checked before");
  await story.add(ADA, { by: laptop });
  assert.equal(await bob.show(ADA, story.logs.get(ADA).entries), "grown");
  assert.equal(await refusal(bob), null);
});

test("a log that has lost its end is withheld, and nothing is sent", async () => {
  const { story, laptop, bob } = await begun();
  await story.add(ADA, { by: laptop });
  story.refresh(bob);
  const short = await cut(story.logs.get(ADA), 1);
  assert.equal(bob.take(ADA, short), "withheld");
  assert.deepEqual(bob.trouble, { why: "withheld", psychic: ADA });
  assert.equal(await refusal(bob), "withheld");
  assert.equal(bob.take(ADA, new DeviceLog(ADA)), "withheld", "none at all is less still");
  assert.equal(bob.take(ADA, story.logs.get(ADA)), "same");
  assert.equal(await refusal(bob), null);
});

test("two logs with one beginning are a fork, and nothing is sent", async () => {
  const { story, laptop, bob } = await begun(), common = story.logs.get(ADA);
  await story.add(ADA, { by: laptop });
  story.refresh(bob);
  story.logs.set(ADA, common);
  await story.add(ADA, { by: laptop });
  await story.add(ADA, { by: laptop });
  assert.equal(bob.take(ADA, story.logs.get(ADA)), "forked");
  assert.equal(await refusal(bob), "forked");
  bob.accept(ADA);
  assert.equal(await refusal(bob), "forked", "nobody can accept a fork");
});

test("who starts over is another until a person accepts it, and keeps what was said", async () => {
  const { story, ada, bob } = await begun();
  await story.send(ada, ADA, "before");
  assert.deepEqual(await texts(bob, story.messages), ["before"]);
  const anew = await story.startOver(ADA), link = story.link(anew);
  const message = await story.send(link, ADA, "it is me");
  story.refresh(bob);
  assert.deepEqual(bob.trouble, { why: "other_root", psychic: ADA });
  assert.deepEqual([await refusal(bob), opened(await bob.open(message))], ["other_root", "heads"]);
  bob.accept(ADA);
  assert.deepEqual([await refusal(bob), ...await texts(bob, story.messages)], [null, "before", "it is me"]);
  assert.equal(story.refresh(ada).trouble.why, "other_root", "so her old device learns it");
  assert.equal(bob.take(ADA, ada.log(ADA)), "withheld", "nobody goes back to a log that was given up");
  bob.accept(ADA);
  assert.equal(await refusal(bob), "withheld");
  story.refresh(bob);
  // On a server that shows it the old log, her old device seals as ever.
  for (const psychic of [ADA, BOB]) ada.take(psychic, ada.log(psychic));
  assert.equal(opened(await bob.open(await story.send(ada, ADA, "the old one"))), "older_state");
});

test("the other cannot hide a message by using its nonce", async () => {
  const { story, ada, bob } = await begun();
  const message = await story.send(ada, ADA, "mine");
  const { content } = await bob.seal({ nonce: message.nonce, text: "yours", revision: 3 });
  const twin = { ...message, id: 2, seq: 2, sender: { id: BOB }, content };
  for (const link of [ada, bob]) assert.deepEqual(await texts(link, [twin, message]), ["yours", "mine"]);
});

test("what was seen outlives a reload", async () => {
  const { story, laptop, telephone, ada, bob } = await begun(), tablet = await story.add(ADA, { by: laptop });
  const old = await ada.seal({ nonce: nonceOf(7), text: "from the thief" });
  await story.revoke(tablet, laptop.id);
  await story.send(story.link(tablet), ADA, "the laptop is gone");
  await texts(story.refresh(bob), story.messages);
  const kept = JSON.parse(JSON.stringify(bob.kept())), options = { room: ROOM, me: BOB, other: ADA, own: [telephone] };
  const thief = { id: 7, seq: 7, room: ROOM, sender: { id: ADA }, nonce: nonceOf(7), reply_to: null, content: old.content };
  const fresh = story.link(telephone), again = await Link.restore(options, kept);
  assert.equal(opened(await again.open(thief)), "older_state");
  assert.equal(opened(await fresh.open(thief)), "from the thief", "who has seen nothing cannot know");
  assert.equal(again.take(ADA, await cut(story.logs.get(ADA), 1)), "withheld");
  kept.logs[ADA][0].splice(1, 1);
  await assert.rejects(Link.restore(options, kept), { name: "Refused", why: "number" });
});

test("whatever character of an envelope is another, it is not opened, and nothing breaks", async () => {
  const { story, ada, bob } = await begun(), message = await story.send(ada, ADA, "hello"), { content } = message;
  for (let at = 0; at < content.length; at += 3) {
    const other = String.fromCharCode(content.charCodeAt(at) ^ 1);
    const answer = await bob.open({ ...message, content: content.slice(0, at) + other + content.slice(at + 1) });
    assert.equal(answer.ok, false, `character ${at}: ${content[at]} to ${other}`);
  }
  assert.equal(opened(await bob.open(message)), "hello");
});

test("the longest text fits for as many devices as there may be, and its length says little", async () => {
  const { story, laptop, telephone, ada } = await begun();
  for (const [psychic, by] of [[ADA, laptop], [BOB, telephone]]) {
    for (let count = 1; count < 10; count++) await story.add(psychic, { by, suite: 2 });
    await story.addRecovery(by, { suite: 2 });
  }
  story.refresh(ada);
  const longest = await ada.seal({ nonce: nonceOf(1), text: "🔮".repeat(4000) });
  assert.equal(JSON.parse(longest.content).to.length, 22);
  const [yes, no] = await Promise.all(["Yes, of course.", "No."].map((text) => ada.seal({ nonce: nonceOf(1), text })));
  assert.equal(JSON.parse(yes.content).box.length, JSON.parse(no.content).box.length);
  const controls = await ada.seal({ nonce: nonceOf(1), text: "\u0001".repeat(4000) });
  assert.deepEqual(controls, { ok: false, why: "too_large" });
});
