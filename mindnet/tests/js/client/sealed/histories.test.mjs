/* Whatever happens in whatever order: each live device reads what was sent since it joined, none that was revoked what came
   after. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { openBundle } from "../../../../static/mindnet/js/client/sealed/recovery.js";
import { ADA, BOB, opened, ROOM, Story } from "./story.mjs";

const STEPS = 24, SEEDS = [1, 4, 6];

/** mulberry32: the same numbers for the same seed. Gives one of a list. */
function chance(seed) {
  const next = () => {
    seed = seed + 0x6d2b79f5 | 0;
    let mixed = Math.imul(seed ^ seed >>> 15, 1 | seed);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return (mixed ^ mixed >>> 14) >>> 0;
  };
  return (list) => list[next() % list.length];
}

/** What has happened, kept beside the story by counting alone: nothing in here knows of keys. */
class Life {
  /** {own, psychic, kind, from, until, link}: the messages from `from` on, before `until`, are theirs. */
  devices = [];
  codes = new Map();

  constructor(pick) {
    this.pick = pick;
    this.story = new Story();
  }

  async begin() {
    for (const psychic of [ADA, BOB]) this.note(await this.story.add(psychic, { suite: this.pick([1, 2]) }));
  }

  note(own) {
    const since = this.story.messages.length;
    this.devices.push({ own, psychic: own.psychic, kind: own.kind, from: since, until: Infinity, link: null });
  }

  live(psychic, kind = "device") {
    return this.devices.filter((one) => one.psychic === psychic && one.until === Infinity && one.kind === kind);
  }

  /** A room that was open all the time, with what it has seen. */
  linkOf(one) {
    one.link ??= this.story.link(one.own);
    return this.story.refresh(one.link);
  }

  async add(psychic) {
    if (this.live(psychic).length === 10) return;
    this.note(await this.story.add(psychic, { by: this.pick(this.live(psychic)).own, suite: this.pick([1, 2]) }));
  }

  async revoke(psychic) {
    const gone = this.pick(this.live(psychic)), others = this.live(psychic).filter((one) => one !== gone);
    if (!others.length) return;
    await this.story.revoke(this.pick([gone, ...others]).own, gone.own.id);
    gone.until = this.story.messages.length;
  }

  /** A code, or a new one in its place. */
  async newCode(psychic) {
    const by = this.pick(this.live(psychic)).own;
    for (const before of this.live(psychic, "recovery")) {
      await this.story.revoke(by, before.own.id);
      before.until = this.story.messages.length;
    }
    const made = await this.story.addRecovery(by, { suite: this.pick([1, 2]) });
    this.codes.set(made.device.id, made);
    this.note(made.device);
  }

  /** All devices are lost; the code brings one back, which puts out the others. */
  async recover(psychic) {
    const [kept] = this.live(psychic, "recovery"), lost = this.live(psychic);
    if (!kept) return;
    const { code, bundle } = this.codes.get(kept.own.id);
    const { device } = await openBundle(code, bundle, this.story.logs.get(psychic).device(kept.own.id));
    this.note(await this.story.add(psychic, { by: device }));
    for (const one of lost) {
      await this.story.revoke(device, one.own.id);
      one.until = this.story.messages.length;
    }
  }

  async send(psychic) {
    const link = this.linkOf(this.pick(this.live(psychic)));
    const message = await this.story.send(link, psychic, `message ${this.story.messages.length}`);
    await this.readByAll(message);
  }

  /** As it comes, by everyone who has the room open. */
  async readByAll(message) {
    for (const one of this.devices.filter(({ until }) => until === Infinity)) {
      assert.equal(opened(await this.linkOf(one).open(message)), `message ${message.id - 1}`);
    }
  }

  /** Who was revoked has the keys still, and knows the logs as they were; the server lets it through. */
  async refuseWhoWasRevoked() {
    const { messages } = this.story, reader = this.linkOf(this.pick(this.live(BOB)));
    for (const message of messages) await reader.open(message);
    const id = messages.length + 1, nonce = crypto.randomUUID();
    for (const { psychic, link } of this.devices.filter((one) => one.link && one.until < messages.length)) {
      const { content } = await link.seal({ nonce, text: "still here" });
      const message = { id, seq: id, room: ROOM, sender: { id: psychic }, nonce, reply_to: null, content };
      // The reader may have come after what they know of.
      assert.match(opened(await reader.open(message)), /^(older_state|wrap_missing)$/);
    }
  }

  expected(one) {
    return this.story.messages.map((_, index) =>
      index >= one.from && index < one.until ? `message ${index}` : "wrap_missing");
  }
}

const DEEDS = ["send", "send", "send", "add", "add", "revoke", "newCode", "recover"];

for (const seed of SEEDS) {
  test(`history ${seed}`, async () => {
    const pick = chance(seed), life = new Life(pick), done = new Set();
    await life.begin();
    for (let step = 0; step < STEPS; step++) {
      const deed = pick(DEEDS);
      await life[deed](pick([ADA, BOB]));
      done.add(deed);
    }
    assert.equal(done.size, new Set(DEEDS).size, "each happened");
    for (const one of life.devices) {
      const link = life.story.link(one.own);
      const answers = await Promise.all(life.story.messages.map((message) => link.open(message)));
      assert.deepEqual(answers.map(opened), life.expected(one), `${one.kind} of ${one.psychic}`);
    }
    await life.refuseWhoWasRevoked();
  });
}
