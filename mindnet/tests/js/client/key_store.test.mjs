/* Where a browser keeps nothing, sealing is switched off and says so. What its database does is tried in a browser. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { availability, openKeyring } from "../../../static/mindnet/js/client/keyring.js";

const refused = () => { throw new DOMException("", "SecurityError"); };

afterEach(() => { delete globalThis.isSecureContext; });

test("without TLS, and where no keys are kept, it says why", async () => {
  assert.deepEqual(await availability(refused), { ok: false, why: "insecure" });
  globalThis.isSecureContext = true;
  assert.deepEqual(await availability(refused), { ok: false, why: "storage" });
});

test("a device whose keys are not kept is not made: nobody hears of it", async () => {
  const asked = [];
  const rest = { getJson: async (path) => { asked.push(path); return { log: [], head: null, devices: [], waiting: [] }; } };
  const keyring = await openKeyring(7, { rest, open: refused });
  await assert.rejects(keyring.setUp("Laptop"), { name: "SecurityError" });
  assert.deepEqual(asked, []);
});
