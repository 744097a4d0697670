/* What a device that endorses another hands on to it: the content keys of earlier messages. */

import { b64, random, textOf } from "./bytes.js";
import { ID_BYTES } from "./device.js";
import { binary, mapping, object, oneOf, read, string, uuid, whole, written } from "./reading.js";
import { outcome, refuse } from "./refused.js";
import { checkAll, KEY_BYTES, openBox, sealBox, SEALED_BYTES_MOST, signAll, unwrap, wrapFor } from "./wrapping.js";

/** @import { Bytes } from "./bytes.js" */
/** @import { Card, OwnDevice } from "./device.js" */
/** @import { DeviceLog } from "./device_log.js" */

const LABEL = "mindnet history";
// A nonce and a key take 85 bytes, 114 in a box as it is written: so many fit into 32 KiB with all that stands around them.
const KEYS_MOST = 270;

const PART = object({
  header: string(1, 1000), box: binary(), enc: binary(32, 65), key: binary(KEY_BYTES + 16), signature: binary(64),
});
const HEADER = object({
  v: oneOf(1), suite: oneOf(1, 2), psychic: whole(1), from: written(ID_BYTES), for: written(ID_BYTES), room: whole(1),
  part: whole(0),
});
const KEYS = object({ keys: mapping(uuid, binary(KEY_BYTES)) });

/**
 * The parts, each at most 32 KiB, in order.
 * @param {OwnDevice} device
 * @param {Card} card of the device they are for
 * @param {number} room
 * @param {Map<string, Bytes>} keys content keys by nonce
 */
export function sealHistory(device, card, room, keys) {
  const pairs = [...keys], count = Math.ceil(pairs.length / KEYS_MOST);
  return Promise.all(Array.from({ length: count }, (_, part) =>
    sealPart(device, card, { room, part }, new Map(pairs.slice(part * KEYS_MOST, (part + 1) * KEYS_MOST)))));
}

/**
 * @param {OwnDevice} device
 * @param {Card} card
 * @param {{room: number, part: number}} place
 * @param {Map<string, Bytes>} keys
 */
async function sealPart(device, card, { room, part }, keys) {
  const { suite, psychic, id } = device, contentKey = random(KEY_BYTES);
  const header = JSON.stringify({ v: 1, suite, psychic, from: id, for: card.id, room, part });
  const written = Object.fromEntries([...keys].map(([nonce, key]) => [nonce, b64(key)]));
  const [box, wrap] = await Promise.all([
    sealBox(contentKey, header, { keys: written }), wrapFor(LABEL, header, contentKey, card),
  ]);
  const signature = await signAll(LABEL, device, { header, box, wraps: [wrap] });
  return JSON.stringify({ header, box: b64(box), enc: b64(wrap.enc), key: b64(wrap.key), signature });
}

/**
 * The keys in a part that a device of one's own has handed on to this one.
 *
 * It may have been revoked since: who changes devices hands on, and puts the old one out. The worst it could do is name keys
 * that open nothing, as each message is checked by its own signature all the same.
 * @param {string} sealed
 * @param {{device: OwnDevice, log: DeviceLog, room: number, part: number}} about
 */
export function openHistory(sealed, about) {
  return outcome(opening(sealed, about));
}

/** @type {(...given: Parameters<typeof openHistory>) => Promise<{keys: Map<string, Bytes>}>} */
async function opening(sealed, { device, log, room, part }) {
  if (sealed.length > SEALED_BYTES_MOST) refuse("shape");
  const { header: text, box, enc, key, signature } = read(sealed, PART), header = read(text, HEADER);
  if (header.psychic !== device.psychic) refuse("psychic");
  if (header.room !== room || header.part !== part) refuse("room");
  const from = log.device(header.from);
  if (!from || header.for !== device.id) return refuse("device");
  if (from.suite !== header.suite) refuse("suite");
  const wrap = { device: device.id, enc, key };
  await checkAll(LABEL, from, signature, { header: text, box, wraps: [wrap] });
  const plain = await openBox(await unwrap(LABEL, text, wrap, device), text, box);
  return read(textOf(plain), KEYS);
}
