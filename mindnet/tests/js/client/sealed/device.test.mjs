/* Devices keep their keys to themselves. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { makeDevice, readCard } from "../../../../static/mindnet/js/client/sealed/device.js";
import { readOffered } from "../../../../static/mindnet/js/client/sealed/device_log.js";
import { makeBundle, newCode, openBundle, readCode } from "../../../../static/mindnet/js/client/sealed/recovery.js";
import { ADA, BOB, cardOf, device, NOW } from "./story.mjs";

const cannotBeReadOut = async ({ dh, sign }) => {
  for (const key of [dh, sign]) {
    await assert.rejects(crypto.subtle.exportKey("pkcs8", key), { name: /^InvalidAccess/ });
  }
};

for (const suite of [1, 2]) {
  test(`suite ${suite}: private keys cannot be read out, also not those that the code brought back`, async () => {
    await cannotBeReadOut(await device(ADA, { suite }));
    const made = await device(ADA, { suite, kind: "recovery", extractable: true }), code = newCode();
    const opened = await openBundle(code, await makeBundle(code, made), await cardOf(made));
    assert.equal(opened.ok, true);
    await cannotBeReadOut(opened.device);
    await assert.rejects(makeBundle(code, await device(ADA, { suite })), { name: /^InvalidAccess/ });
  });
}

test("a card is offered by whom it is of, and by who has its keys", async () => {
  const [own, other] = [await device(ADA), await device(ADA)];
  assert.equal((await readOffered(ADA, own)).card.id, own.id);
  assert.deepEqual(await readOffered(BOB, own), { ok: false, why: "card" });
  assert.deepEqual(await readOffered(ADA, { ...own, signature: other.signature }), { ok: false, why: "card_signature" });
});

test("a name has 1 to 40 characters", async () => {
  for (const name of ["x", "📱".repeat(40)]) {
    const { card, signature } = await device(ADA, { name });
    assert.equal((await readCard(card, signature)).name, name);
  }
  for (const name of ["", "x".repeat(41)]) {
    await assert.rejects(makeDevice({ suite: 1, psychic: ADA, name, madeAt: NOW }), { why: "shape" });
  }
});

test("no two codes are the same, and each is 128 bits", () => {
  const codes = new Set(Array.from({ length: 50 }, newCode));
  assert.equal(codes.size, 50);
  for (const code of codes) {
    assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2}$/);
    assert.equal(readCode(code).length, 16);
  }
});
