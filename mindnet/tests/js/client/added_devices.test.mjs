/* What is said of devices that came, by the log alone. That it is kept is tried in a browser (test_devices.py). */

import assert from "node:assert/strict";
import { test } from "node:test";

import { addedSince, notedOf } from "../../../static/mindnet/js/client/added_devices.js";
import { ADA, Story } from "./sealed/story.mjs";

test("devices and codes that came since are named, what has gone again and what this browser did is not", async () => {
  const story = new Story(), laptop = await story.add(ADA, { name: "Laptop" });
  const entries = () => story.logs.get(ADA).entries, noted = notedOf(entries());
  assert.deepEqual(addedSince(entries(), noted), [], "a person who is first met");
  const phone = await story.add(ADA, { by: laptop, name: "Phone" });
  const lent = await story.add(ADA, { by: phone, name: "Lent" });
  await story.addRecovery(phone, { name: "Recovery code" });
  await story.revoke(laptop, lent.id);
  const said = (own) => addedSince(entries(), noted, own).map(({ name, kind }) => `${name}, ${kind}`);
  assert.deepEqual(said(), ["Phone, device", "Recovery code, recovery"]);
  assert.deepEqual(said(laptop.id), ["Recovery code, recovery"]);
  assert.deepEqual(said(phone.id), []);
  assert.deepEqual(addedSince(entries(), notedOf(entries())), []);
});

test("of nobody's log nothing is noted", () => {
  assert.equal(notedOf([]), null);
});
