/* The devices of the corpus: those that stand in it keep their keys. */

import { existsSync, readFileSync } from "node:fs";

import { b64, unb64 } from "../../static/mindnet/js/client/sealed/bytes.js";
import { makeDevice, readCard, shortCode } from "../../static/mindnet/js/client/sealed/device.js";
import { ADA, BOB, NOW } from "../js/client/sealed/story.mjs";

export const PATH = new URL("corpus.json", import.meta.url);
export const MALLORY = 13;
const ABOUT = {
  ada_laptop: { psychic: ADA, suite: 1, name: "Firefox on Linux" },
  ada_telephone: { psychic: ADA, suite: 2, name: "Telephone" },
  ada_tablet: { psychic: ADA, suite: 1, name: "Tablet 📱" },
  ada_recovery: { psychic: ADA, suite: 1, name: "Recovery code", kind: "recovery" },
  ada_later: { psychic: ADA, suite: 1, name: "A new beginning" },
  bob_telephone: { psychic: BOB, suite: 1, name: "Telephone" },
  bob_desk: { psychic: BOB, suite: 2, name: "Desk" },
  bob_recovery: { psychic: BOB, suite: 2, name: "Recovery code", kind: "recovery" },
  mallory: { psychic: MALLORY, suite: 1, name: "Mallory's" },
  planted: { psychic: ADA, suite: 1, name: "Firefox on Linux" }, // by whoever has the server, in Ada's name
};
const ALGORITHMS = {
  1: { dh: { name: "X25519" }, sign: { name: "Ed25519" } },
  2: { dh: { name: "ECDH", namedCurve: "P-256" }, sign: { name: "ECDSA", namedCurve: "P-256" } },
};
const before = existsSync(PATH) ? JSON.parse(readFileSync(PATH, "utf8")).devices : {};

const pkcs8 = async (key) => b64(new Uint8Array(await crypto.subtle.exportKey("pkcs8", key)));

async function kept(name) {
  if (before[name]) return before[name];
  const made = await makeDevice({ madeAt: NOW, extractable: true, ...ABOUT[name] });
  return { card: made.card, signature: made.signature, dh: await pkcs8(made.dh), sign: await pkcs8(made.sign) };
}

async function used({ card: text, signature, dh, sign }) {
  const { id, suite, psychic, kind, dh: dhPublic } = await readCard(text, signature), algorithms = ALGORITHMS[suite];
  const [dhKey, signKey] = await Promise.all([
    crypto.subtle.importKey("pkcs8", unb64(dh), algorithms.dh, true, ["deriveBits"]),
    crypto.subtle.importKey("pkcs8", unb64(sign), algorithms.sign, true, ["sign"]),
  ]);
  return { id, suite, psychic, kind, card: text, signature, dhPublic, dh: dhKey, sign: signKey };
}

export const devices = {}, own = {}, cards = {};
for (const name of Object.keys(ABOUT)) {
  const keys = await kept(name);
  own[name] = await used(keys);
  cards[name] = await readCard(keys.card, keys.signature);
  devices[name] = { ...keys, id: own[name].id, short_code: await shortCode(keys.card) };
}
