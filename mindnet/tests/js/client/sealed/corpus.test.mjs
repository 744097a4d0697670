/* The corpus that all programs of the format share: mindnet/tests/sealed/corpus.json. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";

import { b64, unb64 } from "../../../../static/mindnet/js/client/sealed/bytes.js";
import { idOf, readCard, shortCode } from "../../../../static/mindnet/js/client/sealed/device.js";
import { readLog } from "../../../../static/mindnet/js/client/sealed/device_log.js";
import { openEnvelope } from "../../../../static/mindnet/js/client/sealed/envelope.js";
import { sealChunks } from "../../../../static/mindnet/js/client/sealed/files.js";
import { openHistory } from "../../../../static/mindnet/js/client/sealed/history.js";
import { Link } from "../../../../static/mindnet/js/client/sealed/link.js";
import { compare } from "../../../../static/mindnet/js/client/sealed/pins.js";
import { openReaction } from "../../../../static/mindnet/js/client/sealed/reactions.js";
import { codeOf, openBundle, readCode } from "../../../../static/mindnet/js/client/sealed/recovery.js";
import { safetyNumber } from "../../../../static/mindnet/js/client/sealed/safety_number.js";
import { SUITES } from "../../../../static/mindnet/js/client/sealed/suites.js";
import { ADA, BOB, flipped } from "./story.mjs";

const corpus = JSON.parse(readFileSync(new URL("../../../sealed/corpus.json", import.meta.url)));
const own = {}, cards = {}, logs = {};

before(async () => {
  for (const [name, { card, signature, dh, sign }] of Object.entries(corpus.devices)) {
    const { id, suite, psychic, kind, dh: dhPublic } = cards[name] = await readCard(card, signature);
    own[name] = { id, suite, psychic, kind, card, signature, dhPublic,
      dh: await SUITES[suite].kem.importPrivateKey(unb64(dh)),
      sign: await SUITES[suite].signatures.importPrivateKey(unb64(sign)) };
  }
  for (const [name, { psychic, entries, ok }] of Object.entries(corpus.logs)) {
    if (ok) logs[name] = (await readLog(psychic, entries)).log;
  }
});

test("each device has the id and the short code of its card", async () => {
  for (const [name, { card, id, short_code }] of Object.entries(corpus.devices)) {
    assert.deepEqual([await idOf(card), await shortCode(card)], [id, short_code], name);
  }
});

test("each log is read, or refused at the entry and for the reason that is said", async () => {
  for (const [name, { psychic, entries, ok, ...said }] of Object.entries(corpus.logs)) {
    const read = await readLog(psychic, entries);
    assert.deepEqual(read.ok ? summary(read.log) : { why: read.why, n: read.n }, said, name);
    assert.equal(read.ok, ok, name);
  }
});

const summary = ({ root, head, states }) =>
  ({ root, head, states: states.map((state) => ({ head: state.head, live: [...state.live.keys()] })) });

test("each log stands to what was pinned as is said", () => {
  for (const { name, pin, log, is } of corpus.pins) assert.equal(compare(pin, logs[log]), is, name);
});

/** What is known of the states of both logs, as `openEnvelope` asks for it. */
function opening(case_) {
  const stateOf = (psychic, head) => (case_.logs[psychic] ?? []).flatMap((name) => logs[name].states)
    .find((state) => state.head === head) ?? null;
  const handedOn = case_.handed_on ? unb64(case_.handed_on) : null;
  return { own: case_.as.map((name) => own[name]), people: [ADA, BOB], stateOf, handedOn };
}

test("each message is opened, or refused for the reason that is said", async () => {
  for (const { name, message, result, ...case_ } of corpus.messages) {
    assert.deepEqual(plainly(await openEnvelope(message, opening(case_))), result, name);
  }
});

const plainly = ({ ok, why, text, files, reactions, device, revision, contentKey }) => ok
  ? { ok, text, files: files.map((file) => ({ ...file, key: b64(file.key) })), reactions: b64(reactions),
    device: Object.keys(own).find((name) => own[name].id === device.id), revision, content_key: b64(contentKey) }
  : { ok, why };

test("in a room, one after the other, each message is what it can be there", async () => {
  const { as, steps, logs: known } = corpus.order;
  const link = new Link({ room: corpus.room, me: BOB, other: ADA, own: [own[as]] });
  for (const name of Object.values(known).flat()) link.take(logs[name].psychic, logs[name]);
  for (const { name, message, result } of steps) {
    const { ok, why, text, refutes } = await link.open(message);
    assert.deepEqual(ok ? { ok, text, refutes } : { ok, why }, result, name);
  }
});

test("the code is read as people type it, and opens the recovery device and no other", async () => {
  const { code, bytes, typed, no_codes, other_code, device } = corpus.recovery;
  const bundle = JSON.parse(corpus.recovery.bundle);
  for (const one of typed) assert.equal(Buffer.from(readCode(one)).toString("hex"), bytes, one);
  for (const one of no_codes) assert.equal(readCode(one), null, one);
  assert.equal(codeOf(readCode(code)), code);
  const opened = await openBundle(typed[1], bundle, cards[device]);
  const { message, result } = corpus.messages.find(({ as }) => as.length === 1 && as[0] === device);
  const seen = { logs: { [ADA]: ["ada"], [BOB]: ["bob"] }, as: [] };
  assert.equal((await openEnvelope(message, { ...opening(seen), own: [opened.device] })).text, result.text);
  assert.deepEqual(await openBundle(other_code, bundle, cards[device]), { ok: false, why: "code" });
  assert.deepEqual(await openBundle(code, bundle, cards.ada_laptop), { ok: false, why: "device" });
  const altered = { device: "device", salt: "code", iv: "code", box: "code" };
  for (const [member, why] of Object.entries(altered)) {
    const other = { ...bundle, [member]: flipped(bundle[member]) };
    assert.deepEqual(await openBundle(code, other, cards[device]), { ok: false, why }, member);
  }
});

test("a reaction is its psychic's and its message's, and nobody else's", async () => {
  for (const { key, token, psychic, ...said } of corpus.reactions) {
    assert.deepEqual(await openReaction(unb64(key), token, psychic), said);
  }
});

test("files are sealed as they always were", async () => {
  for (const { size, key, sealed_bytes, sealed_sha256 } of corpus.files) {
    const sum = createHash("sha256"), blob = new Blob([Uint8Array.from({ length: size }, (_, index) => index % 251)]);
    let length = 0;
    for await (const chunk of sealChunks(blob, unb64(key))) {
      sum.update(chunk);
      length += chunk.length;
    }
    assert.deepEqual([length, sum.digest("hex")], [sealed_bytes, sealed_sha256], `${size} bytes`);
  }
});

test("keys are taken from a device of one's own, for this device, room and part alone", async () => {
  for (const { name, as, log, room, part, sealed, ok, ...said } of corpus.history) {
    const read = await openHistory(sealed, { device: own[as], log: logs[log], room, part });
    assert.equal(read.ok, ok, name);
    const keys = () => ({ keys: Object.fromEntries([...read.keys].map(([nonce, key]) => [nonce, b64(key)])) });
    assert.deepEqual(read.ok ? keys() : { why: read.why }, said, name);
  }
});

test("two people see one safety number, and another when somebody has started over", async () => {
  for (const { one, other, groups } of corpus.safety_numbers) assert.deepEqual(await safetyNumber(one, other), groups);
  const [first, swapped, later] = corpus.safety_numbers.map(({ groups }) => groups.join(" "));
  assert.match(first, /^\d{5}( \d{5}){11}$/);
  assert.equal(swapped, first);
  assert.notEqual(later, first);
});
