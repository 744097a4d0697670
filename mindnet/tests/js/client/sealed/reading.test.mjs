/* Texts of others are read as they are meant, or not at all: there are no two ways to read one. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { b64, unb64, utf8 } from "../../../../static/mindnet/js/client/sealed/bytes.js";
import { readLog, readOffered } from "../../../../static/mindnet/js/client/sealed/device_log.js";
import { openEnvelope } from "../../../../static/mindnet/js/client/sealed/envelope.js";
import { openReaction } from "../../../../static/mindnet/js/client/sealed/reactions.js";
import { list, object, oneOf, orNull, read, string, whole } from "../../../../static/mindnet/js/client/sealed/reading.js";
import { orRefuse } from "../../../../static/mindnet/js/client/sealed/refused.js";

const NOTE = object({ v: oneOf(1), text: string(0, 5), more: list(object({ n: orNull(whole(0)) }), 2) });
const refused = (why) => ({ name: "Refused", why });

test("a text of the right form is read", () => {
  const text = '{"v": 1, "text": "\\"a\\":", "more": [{"n": 3}, {"n": null}]}  ';
  assert.deepEqual(read(text, NOTE), { v: 1, text: '"a":', more: [{ n: 3 }, { n: null }] });
});

const WRONG = {
  "a member twice": '{"v":1,"text":"a","text":"b","more":[]}',
  "a member twice, written otherwise": '{"v":1,"text":"a","\\u0074ext":"b","more":[]}',
  "a member twice, further in": '{"v":1,"text":"a","more":[{"n":1,"n" :2}]}',
  "a member more": '{"v":1,"text":"a","more":[],"__proto__":{}}',
  "a member less": '{"v":1,"more":[]}',
  "a list for an object": '[1,"a",[]]',
  "null for a text": '{"v":1,"text":null,"more":[]}',
  "a text for a number": '{"v":"1","text":"a","more":[]}',
  "half a number": '{"v":1,"text":"a","more":[{"n":0.5}]}',
  "a number that is no longer exact": '{"v":1,"text":"a","more":[{"n":9007199254740993}]}',
  "six characters": '{"v":1,"text":"🔮🔮🔮🔮🔮🔮","more":[]}',
  "half a character": '{"v":1,"text":"\\ud83d","more":[]}',
  "half a character, written out": '{"v":1,"text":"\ud83d","more":[]}',
  "three of at most two": '{"v":1,"text":"a","more":[{"n":1},{"n":1},{"n":1}]}',
  "no JSON": "{v:1}",
  "more than one text": '{"v":1,"text":"a","more":[]}{}',
  "a mark before it": '\ufeff{"v":1,"text":"a","more":[]}',
  "deeper than any stack": "[".repeat(16_000) + "]".repeat(16_000),
};
for (const [how, text] of Object.entries(WRONG)) {
  test(`${how}: refused`, () => assert.throws(() => read(text, NOTE), refused("shape")));
}

test("binary is written in one way alone", () => {
  for (let length = 0; length < 70; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length)), text = b64(bytes);
    assert.deepEqual([unb64(text), text], [bytes, Buffer.from(bytes).toString("base64url")]);
  }
  for (const text of ["QQ==", "QR", "QUJ", "Q", "QU+_", "QUI=", "QU I", "QU\n", "ÄÄÄÄ"]) {
    assert.throws(() => unb64(text), refused("shape"), text);
  }
});

test("what is no text at all is refused, and breaks nothing", async () => {
  for (const value of [undefined, null, 5, {}, [], ["{}"]]) {
    assert.throws(() => read(value, NOTE), refused("shape"));
    assert.throws(() => unb64(value), refused("shape"));
    for (const entries of [[value], [{ statement: value, signature: "" }], [{ statement: "{}", signature: value }]]) {
      assert.deepEqual(await readLog(7, entries), { ok: false, why: "shape", n: 0 });
    }
    const told = { room: 12, sender: { id: 7 }, nonce: "", reply_to: null, content: value };
    const nothing = { own: [], people: [7, 9], stateOf: () => null };
    assert.deepEqual(await openEnvelope(told, nothing), { ok: false, why: "shape" });
    assert.deepEqual(await openReaction(new Uint8Array(32), value, 7), { ok: false, why: "shape" });
    assert.deepEqual(await readOffered(7, { card: value, signature: value }), { ok: false, why: "shape" });
  }
});

test("no two texts have the same bytes", () => {
  assert.throws(() => utf8("\ud83d"), refused("shape"));
  assert.deepEqual(utf8("\ufffd"), Uint8Array.of(0xef, 0xbf, 0xbd));
});

test("what WebCrypto refuses is a refusal, what it lacks is said, and a fault of ours stays one", async () => {
  const key = (algorithm, length) => crypto.subtle.importKey("raw", new Uint8Array(length), algorithm, true, []);
  await assert.rejects(orRefuse("card", key({ name: "X25519" }, 31)), refused("card"));
  await assert.rejects(orRefuse("card", key({ name: "X25520" }, 32)), refused("unsupported"));
  await assert.rejects(orRefuse("card", Promise.reject(new TypeError("ours"))), { name: "TypeError" });
});
