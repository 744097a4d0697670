/* A mind-link as a page has it, and a server that keeps to the rules of docs/sealed.md about heads and revisions. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { CommandError } from "../../../static/mindnet/js/client/connection.js";
import { newFileKey } from "../../../static/mindnet/js/client/file_seals.js";
import { MindLink } from "../../../static/mindnet/js/client/mind_link.js";
import { Outbox } from "../../../static/mindnet/js/client/outbox.js";
import { Refused } from "../../../static/mindnet/js/client/sealed/refused.js";
import { SteadyStorage } from "../../../static/mindnet/js/client/storage.js";
import { ADA, BOB, cardOf, flipped, nonceOf, ROOM, Story } from "./sealed/story.mjs";

const NAMES = { [ADA]: "ada", [BOB]: "bob" };
const person = (id) => ({ id, username: NAMES[id] });
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** The room of the two, as the server has it: it knows the logs of `story`, and refuses what they do not fit. */
class House {
  story = new Story();
  files = new Map();
  asked = [];
  fetched = 0;

  get has() {
    return { me: this.story.logs.get(ADA).live.size > 0, other: this.story.logs.get(BOB).live.size > 0 };
  }

  /** The page of somebody in front of one of their devices. */
  page(me, ...own) {
    const other = me === ADA ? BOB : ADA;
    const house = this, pages = {
      linkFor: async () => (own.length ? house.story.link(...own) : house.story.refresh(house.story.link({ psychic: me, id: "none" }))),
      refresh: async (link) => { house.fetched++; house.story.refresh(link); },
      keep: async () => [],
    };
    return new MindLink({
      room: ROOM, me: person(me), other: person(other), off: null, keyring: async () => pages,
      askDevices: async () => house.has, fetchFile: async (url) => new Response(house.files.get(url)),
    });
  }

  heads() {
    return Object.fromEntries([...this.story.logs].map(([psychic, { head }]) => [psychic, head]));
  }

  check(content, type) {
    const isSealed = type === "sealed", { me, other } = this.has;
    if (!isSealed && me && other) throw new CommandError({ code: "sealed_required", detail: "" });
    if (isSealed && JSON.stringify(JSON.parse(JSON.parse(content).header).heads) !== JSON.stringify(this.heads())) {
      throw new CommandError({ code: "device_list_changed", detail: "" });
    }
  }

  sending(sender) {
    return async ({ content, nonce, message_type: type = "text", reply_to, attachments = [] }) => {
      this.asked.push(nonce);
      this.check(content, type);
      const id = this.story.messages.length + 1;
      this.story.messages.push({ id, room: ROOM, seq: id, sender: person(sender), nonce, reply_to: reply_to ?? null, content,
        message_type: type, deleted: false, reactions: {}, mentions: [], attachments: attachments.map((one) =>
          ({ id: one, name: "sealed", media_type: "application/octet-stream", size: 1, url: `/${one}` })) });
      return { id, seq: id, nonce, duplicate: false };
    };
  }

  editing() {
    return async ({ id, content }) => {
      const message = this.story.messages[id - 1];
      this.check(content, message.message_type);
      const revision = (one) => JSON.parse(JSON.parse(one).header).revision;
      if (message.message_type === "sealed" && revision(content) !== revision(message.content) + 1) {
        throw new CommandError({ code: "conflict", detail: "The next revision of this message is another." });
      }
      return this.story.messages[id - 1] = { ...message, content, edited_at: "now" };
    };
  }
}

async function begun() {
  const house = new House(), laptop = await house.story.add(ADA), telephone = await house.story.add(BOB);
  return { house, laptop, telephone, ada: house.page(ADA, laptop), bob: house.page(BOB, telephone) };
}

const entry = (number, content, more = {}) =>
  ({ nonce: nonceOf(number), room: ROOM, content, reply_to: null, link: { other: person(BOB), isSealed: true }, ...more });

/** What a page draws of the messages once they are opened. */
async function drawn(page, messages) {
  const left = new Set(messages.map(({ id }) => id));
  const isOpened = new Promise((resolve) => page.on("opened", (ids) => {
    ids.forEach((id) => left.delete(id));
    if (!left.size) resolve();
  }));
  messages.forEach((message) => page.asShown(message));
  await isOpened;
  return messages.map((message) => page.asShown(message));
}
const words = (shown) => shown.map(({ content, words }) => words ?? content);

test("what is said is sealed on its way out, and opened for view; before that nothing of it is drawn", async () => {
  const { house, ada, bob } = await begun();
  await ada.send(entry(1, "Are **you** there?"), house.sending(ADA));
  const [message] = house.story.messages;
  assert.equal(message.message_type, "sealed");
  assert.ok(!JSON.stringify(message).includes("there"));
  const before = bob.asShown(message);
  assert.deepEqual([before.content, before.words, before.attachments], ["", "Sealed: only the devices it was written for can read it.", []]);
  const [after] = await drawn(bob, [message]);
  assert.deepEqual([after.content, after.message_type, after.words], ["Are **you** there?", "text", undefined]);
  assert.equal(ada.asShown(message).content, "Are **you** there?", "one's own words are there at once");
  assert.deepEqual([ada.standing.name, bob.standing.name], ["sealed", "sealed"]);
  let sent;
  const send = house.sending(ADA), request = (payload) => send(sent = payload);
  await ada.send(entry(2, "Come", { urgent: true, urgent_reason: "The house is on fire." }), request);
  assert.deepEqual([sent.urgent, sent.urgent_reason], [true, undefined], "the server is not told why");
  assert.equal((await drawn(bob, house.story.messages.slice(1)))[0].content, "The house is on fire.\n\nCome");
});

test("a correction is of the next revision and keeps files and reactions; an earlier text is not shown after it", async () => {
  const { house, laptop, ada, bob } = await begun();
  await ada.send(entry(1, "Helo"), house.sending(ADA));
  const [first] = house.story.messages;
  await ada.edit(first, "Hello", house.editing());
  await ada.edit(house.story.messages[0], "Hello!", house.editing());
  const [second] = house.story.messages;
  assert.equal(ada.asShown(second).content, "Hello!", "the text before does not come back for a moment");
  assert.deepEqual(words(await drawn(bob, [second])), ["Hello!"]);
  assert.match(words(await drawn(bob, [first]))[0], /^Not to be read: it is an earlier text/);
  await assert.rejects(house.page(ADA, laptop).edit(first, "Help", house.editing()), { code: "conflict", message: /elsewhere/ });
});

test("a reaction is a token to the server, is shown for whom it names, and is taken back as the same", async () => {
  const { house, ada, bob } = await begun();
  await ada.send(entry(1, "Look"), house.sending(ADA));
  const [message] = house.story.messages;
  const token = await bob.reaction(message, "❤️", true);
  assert.match(token, /^[\w-]{102}$/);
  const given = { ...message, reactions: { [token]: [BOB] } };
  assert.deepEqual((await drawn(ada, [given]))[0].reactions, { "❤️": [BOB] });
  assert.equal(await bob.reaction(given, "❤", false), token);
  const forged = { ...message, reactions: { [token]: [ADA] } };
  assert.deepEqual((await drawn(ada, [forged]))[0].reactions, {});
  assert.equal(await bob.reaction({ ...message, message_type: "text" }, "👍", true), "👍");
});

test("devices that change on the way: sealed anew under the same nonces, in order, and every live device reads it", async () => {
  const { house, laptop, ada, bob } = await begun();
  await Promise.all([ada.ready(), bob.ready()]);
  const tablet = await house.story.add(ADA, { by: laptop });
  await Promise.all([1, 2, 3].map((number) => ada.send(entry(number, `n${number}`), house.sending(ADA))));
  assert.deepEqual(house.story.messages.map(({ nonce }) => nonce), [1, 2, 3].map(nonceOf));
  for (const page of [ada, bob, house.page(ADA, tablet)]) {
    assert.deepEqual(words(await drawn(page, house.story.messages)), ["n1", "n2", "n3"]);
  }
  await house.story.revoke(laptop, tablet.id);
  await bob.send(entry(4, "without the tablet"), house.sending(BOB));
  assert.match(words(await drawn(house.page(ADA, tablet), house.story.messages.slice(3)))[0], /not for this device/);
});

test("a message that names devices nobody knew is opened once they are asked for, which is done once", async () => {
  const { house, laptop, telephone, bob } = await begun();
  await bob.ready();
  const tablet = await house.story.add(ADA, { by: laptop });
  for (const number of [1, 2]) await house.page(ADA, tablet).send(entry(number, `n${number}`), house.sending(ADA));
  assert.deepEqual(words(await drawn(bob, house.story.messages)), ["n1", "n2"]);
  assert.equal(house.fetched, 1);
  assert.deepEqual(words(await drawn(house.page(BOB, telephone), house.story.messages)), ["n1", "n2"]);
});

test("of a message that is gone nothing is held, also where it was just being opened, and its key is handed on to nobody", async () => {
  const { house, laptop, ada, bob } = await begun();
  const file = { id: nonceOf(50), nonce: nonceOf(51), name: "way.txt", type: "", size: 1, key: "1",
    attachment: { id: nonceOf(50), name: "sealed", media_type: "application/octet-stream" }, sealed: { key: newFileKey(), width: null, height: null, seconds: null, thumbnail: null } };
  await ada.send(entry(1, "burn this", { files: [file] }), house.sending(ADA));
  await ada.send(entry(2, "and this"), house.sending(ADA));
  const [first, second] = house.story.messages, gone = [];
  bob.on("gone", (files) => gone.push(...files));
  await drawn(bob, [first]);
  bob.forget(first);
  assert.deepEqual(gone, [file.id]);
  const opening = bob.open([second]);
  bob.forget(second);
  await opening;
  assert.deepEqual(words([first, second].map((one) => bob.asShown({ ...one, deleted: true, content: "" }))), ["", ""]);
  assert.deepEqual(words([bob.asShown(first)]), ["Sealed: only the devices it was written for can read it."], "as if never opened");
  const link = house.story.link(laptop);
  for (const message of [first, second]) assert.ok((await link.open(message)).ok);
  const card = await cardOf(laptop), keys = async () => (await link.sealHistory(card)).length;
  assert.equal(await keys(), 1);
  for (const { nonce } of [first, second]) link.forget(nonce);
  assert.equal(await keys(), 0);
});

test("what is not as its sender sealed it stands there as that, and says why", async () => {
  const { house, telephone, ada, bob } = await begun();
  await ada.send(entry(1, "pay bob"), house.sending(ADA));
  const [message] = house.story.messages, envelope = JSON.parse(message.content);
  const altered = { ...message, id: 2, content: JSON.stringify({ ...envelope, box: flipped(envelope.box, 20) }) };
  const moved = { ...message, id: 3, sender: person(BOB) };
  const again = { ...message, id: 4, seq: 4 };
  const shown = await drawn(bob, [message, altered, moved, again, { ...message, id: 5, content: "no envelope" }]);
  assert.equal(shown[0].content, "pay bob");
  for (const one of shown.slice(1)) assert.equal(one.content, "");
  const reasons = [/made it up/, /a place/, /a second time/, /not as sealed messages are/];
  reasons.forEach((reason, index) => assert.match(shown[index + 1].words, reason));
  assert.equal(shown[2].sender.username, "bob", "the name is the server's");
  await bob.restart();
  assert.match((await drawn(bob, [{ ...message, id: 7, seq: 7 }]))[0].words, /a second time/, "whatever was begun anew");
  const copyFirst = house.page(BOB, telephone);
  assert.equal((await drawn(copyFirst, [again]))[0].content, "pay bob");
  assert.equal((await drawn(copyFirst, [message]))[0].content, "pay bob");
  assert.match((await drawn(copyFirst, [again]))[0].words, /a second time/, "the one that stands first is the message");
  const plain = { ...message, id: 6, message_type: "text", content: "unsealed" };
  assert.equal(bob.asShown(plain).is_plain, true, "what was not sealed is told from what was");
});

test("while somebody has no device it goes out plainly, and never what was written to be sealed, unless one wants it", async () => {
  const { house, laptop, ada } = await begun();
  await ada.ready();
  const outbox = new Outbox({
    storage: new SteadyStorage(() => null), owner: ADA, send: async (one) => (await ada.send(one, house.sending(ADA))).reply,
  });
  for (const id of house.story.logs.get(ADA).live.keys()) await house.story.revoke(laptop, id);
  const { nonce } = outbox.add({ room: ROOM, content: "between us", link: { other: person(BOB), isSealed: true } });
  await settled();
  assert.deepEqual(ada.standing, { name: "plain", why: "me", isOwn: true });
  assert.deepEqual([house.story.messages, outbox.entries()[0].code], [[], "unsealed"]);
  outbox.retry(nonce);
  await settled();
  assert.deepEqual(house.story.messages.map(({ content, message_type: type }) => [content, type]), [["between us", "text"]]);
});

test("nobody is told that it must be sealed: whoever gets a device meanwhile has it sealed for", async () => {
  const house = new House(), laptop = await house.story.add(ADA), ada = house.page(ADA, laptop);
  await ada.ready();
  assert.deepEqual(ada.standing, { name: "plain", why: "other", isOwn: false });
  const telephone = await house.story.add(BOB);
  await ada.send(entry(1, "hello", { link: { other: person(BOB), isSealed: false } }), house.sending(ADA));
  assert.deepEqual(house.asked, [nonceOf(1), nonceOf(1)]);
  assert.deepEqual(words(await drawn(house.page(BOB, telephone), house.story.messages)), ["hello"]);
  const before = { ...house.story.messages[0], message_type: "text", content: "helo" };
  house.story.messages[0] = before;
  await assert.rejects(ada.edit(before, "hello", house.editing()), { code: "cannot_seal", message: /sealed by now/ });
});

test("nor of a file: it is sealed before it is brought a second time", async () => {
  const house = new House(), ada = house.page(ADA, await house.story.add(ADA)), names = [];
  await ada.ready();
  await house.story.add(BOB);
  const blob = new Blob(["?"]), file = { name: "a.txt", sealed: { key: newFileKey() } };
  await ada.persistently(async () => {
    const { name } = await ada.forUpload(entry(1, "", { link: { other: person(BOB), isSealed: false } }), file, blob);
    names.push(name);
    if (name !== "sealed") house.check("", "file");
  });
  assert.deepEqual(names, ["a.txt", "sealed"]);
});

test("a browser that is none of one's devices says so, opens nothing and sends nothing", async () => {
  const { house, ada } = await begun();
  await ada.send(entry(1, "hello"), house.sending(ADA));
  const page = house.page(BOB, { psychic: BOB, id: "another" });
  await page.ready();
  assert.deepEqual(page.standing, { name: "blocked", why: "not_endorsed", isOwn: true });
  assert.match(words(await drawn(page, house.story.messages))[0], /not for this device/);
  page.again();
  assert.match(words(house.story.messages.map((message) => page.asShown(message)))[0], /not for this device/, "nothing flickers");
  await assert.rejects(page.send(entry(2, "me too"), house.sending(BOB)), { code: "cannot_seal" });
});

test("a server that shows less than it has shown is not sent anything", async () => {
  const { house, laptop, ada } = await begun();
  await house.story.add(ADA, { by: laptop });
  await ada.ready();
  const { logs } = house.story, whole = logs.get(BOB);
  logs.set(BOB, new House().story.logs.get(BOB));
  await ada.refresh();
  assert.deepEqual(ada.standing, { name: "blocked", why: "withheld", isOwn: false });
  await assert.rejects(ada.send(entry(1, "secret", { link: { other: person(BOB), isSealed: false } }), house.sending(ADA)),
    { code: "cannot_seal" });
  logs.set(BOB, whole);
  await ada.refresh();
  assert.equal(ada.standing.name, "sealed");
});

test("a file is sealed to the same bytes each time, opened as what it may be shown as, and refused where it was altered", async () => {
  const { house, ada, bob } = await begun();
  const key = newFileKey(), blob = new Blob(["<script>"]), id = "0000000a-0000-4000-8000-000000000000";
  const file = { key: "k", nonce: "n", name: "page.html", type: "text/html", size: blob.size,
    sealed: { key, width: null, height: null, seconds: null, thumbnail: null } };
  const [one, two] = [await ada.forUpload(entry(1, ""), file, blob), await ada.forUpload(entry(1, ""), file, blob)];
  assert.deepEqual([one.name, one.blob.type], ["sealed", "application/octet-stream"]);
  const bytes = Buffer.from(await one.blob.arrayBuffer());
  assert.deepEqual(bytes, Buffer.from(await two.blob.arrayBuffer()));
  house.files.set(`/${id}`, one.blob);
  const attachment = { id, name: "sealed", media_type: "application/octet-stream", size: 24, url: `/${id}` };
  await ada.send(entry(1, "", { files: [{ ...file, attachment }] }), house.sending(ADA));
  const [{ attachments: [opened] }] = await drawn(bob, house.story.messages);
  assert.deepEqual([opened.name, opened.size, opened.url], ["page.html", 8, `/${id}`]);
  const found = await bob.openFile(opened);
  assert.deepEqual([await found.text(), found.type], ["<script>", "application/octet-stream"]);
  bytes[3] ^= 1;
  house.files.set(`/${id}`, new Blob([bytes]));
  await assert.rejects(bob.openFile(opened), { name: "Refused" });
  const plain = { ...attachment, name: "page.html", media_type: "text/plain" };
  await assert.rejects(ada.send(entry(2, "", { files: [{ ...file, attachment: plain }] }), house.sending(ADA)),
    { code: "invalid_payload", message: /^attachments:/ });
});

test("where nothing can be sealed, that is said, and what need not be sealed goes on", async () => {
  const house = new House();
  const page = () => new MindLink({ room: ROOM, me: person(ADA), other: person(BOB), off: "insecure",
    keyring: () => assert.fail("no keys"), askDevices: async () => house.has, fetchFile: () => assert.fail("no file") });
  const plain = page();
  await plain.send(entry(1, "hello", { link: { other: person(BOB), isSealed: false } }), house.sending(ADA));
  assert.equal(house.story.messages[0].content, "hello");
  await house.story.add(ADA);
  await house.story.add(BOB);
  const off = page();
  await off.ready();
  assert.deepEqual(off.standing, { name: "blocked", why: "insecure", isOwn: true });
  assert.match(off.asShown({ ...house.story.messages[0], message_type: "sealed" }).words, /^Sealed: it cannot be opened here/);
});

test("where what was kept is damaged, nothing the server shows is taken in its place", async () => {
  const { house, ada } = await begun();
  await ada.send(entry(1, "hello"), house.sending(ADA));
  const keys = { linkFor: async () => { throw new Refused("previous"); }, refresh: () => assert.fail(), keep: () => assert.fail() };
  const page = new MindLink({ room: ROOM, me: person(BOB), other: person(ADA), off: null, keyring: async () => keys,
    askDevices: () => assert.fail(), fetchFile: () => assert.fail() });
  await page.ready();
  assert.deepEqual(page.standing, { name: "blocked", why: "broken", isOwn: true });
  assert.match(page.asShown(house.story.messages[0]).words, /cannot be opened here/);
  await assert.rejects(page.send(entry(2, "?", { link: { other: person(ADA), isSealed: false } }), house.sending(BOB)),
    { code: "cannot_seal" });
});
