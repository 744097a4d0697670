/* A sealed message: sealing it for devices, and opening it with every check in the order of docs/sealed.md.

     const { content, contentKey } = await sealEnvelope(device, header, said, cards);
     const opened = await openEnvelope(message, {own, stateOf});
     opened.ok ? opened.text : opened.why */

import { b64, random, textOf, utf8 } from "./bytes.js";
import { ID_BYTES } from "./device.js";
import { binary, list, mapping, matching, object, oneOf, orNull, positive, read, string, uuid, whole, written }
  from "./reading.js";
import { outcome, refuse, Refused } from "./refused.js";
import { checkAll, KEY_BYTES, openBox, sealBox, SEALED_BYTES_MOST, signAll, unwrap, wrapFor } from "./wrapping.js";

/** @import { Bytes } from "./bytes.js" */
/** @import { Card, OwnDevice } from "./device.js" */
/** @import { State } from "./device_log.js" */
/** @import { Wrap } from "./wrapping.js" */

/**
 * What the server says of a message.
 * @typedef {object} Told
 * @property {number} room
 * @property {{id: number}} sender
 * @property {string} nonce
 * @property {number | null} reply_to
 * @property {string} content
 */

/**
 * @typedef {object} SealedFile
 * @property {string} id of the attachment, a UUID
 * @property {Bytes} key
 * @property {string} name
 * @property {string} media_type "application/octet-stream" where the browser knows none
 * @property {number} size in bytes, unsealed
 * @property {number | null} width in px
 * @property {number | null} height
 * @property {number | null} seconds
 * @property {string | null} thumbnail a data URL of a WebP picture
 */

/** @typedef {{text: string, files: SealedFile[], reactions: Bytes}} Said */

/**
 * @typedef {object} Opened
 * @property {string} text
 * @property {SealedFile[]} files
 * @property {Bytes} reactions the key of its reactions
 * @property {Card} device that sent it
 * @property {number} revision
 * @property {Map<number, string>} heads
 * @property {Bytes} contentKey
 */

/**
 * What it takes to open: own devices (the recovery device too, where the code was typed in), the state of a psychic's devices
 * at a head (null where it is not known), and a content key that was handed on.
 * @typedef {object} Opening
 * @property {OwnDevice[]} own
 * @property {[number, number]} people
 * @property {(psychic: number, head: string) => State | null} stateOf
 * @property {Bytes | null} [handedOn]
 */

const LABEL = "mindnet envelope";
// Ten devices and a recovery device of each of two people.
const WRAPS_MOST = 22;
const TEXT_MOST = 4000, FILES_MOST = 20; // as in plain messages
const THUMBNAIL = /^data:image\/webp;base64,[A-Za-z0-9+/]*={0,2}$/;
const DIGITS = matching(/^[1-9]\d{0,15}$/);

const ENVELOPE = object({
  header: string(1, 2000),
  box: binary(),
  to: list(object({ device: written(ID_BYTES), enc: binary(32, 65), key: binary(KEY_BYTES + 16) }), WRAPS_MOST),
  signature: binary(64),
});
const HEADER = object({
  v: oneOf(1),
  suite: oneOf(1, 2),
  room: whole(1),
  sender: whole(1),
  device: written(ID_BYTES),
  nonce: uuid,
  revision: whole(0),
  reply_to: orNull(whole(1)),
  heads: mapping(DIGITS, written(32)),
});
const FILE = object({
  id: uuid,
  key: binary(KEY_BYTES),
  name: string(1, 255),
  media_type: string(1, 255),
  size: whole(0),
  width: orNull(whole(1)),
  height: orNull(whole(1)),
  seconds: orNull(positive),
  thumbnail: orNull(matching(THUMBNAIL)),
});
const SAID = object({ text: string(0, TEXT_MOST), files: list(FILE, FILES_MOST), reactions: binary(KEY_BYTES) });

/**
 * Seals for these devices. Refused as `too_large` where it would exceed 32 KiB, as `text` what nobody would open.
 * @param {OwnDevice} device
 * @param {{room: number, nonce: string, revision: number, reply_to: number | null, heads: Record<number, string>}} about
 * @param {Said} said
 * @param {Card[]} cards
 */
export function sealEnvelope(device, about, said, cards) {
  return outcome(sealing(device, about, said, cards));
}

/** @type {(...given: Parameters<typeof sealEnvelope>) => Promise<{content: string, contentKey: Bytes}>} */
async function sealing(device, { room, heads, ...about }, said, cards) {
  const { suite, psychic: sender, id } = device;
  const header = JSON.stringify({ v: 1, suite, room, sender, device: id, ...about, heads });
  const files = said.files.map((file) => ({ ...file, key: b64(file.key) })), contentKey = random(KEY_BYTES);
  const content = { text: said.text, files, reactions: b64(said.reactions) };
  readSaid(utf8(JSON.stringify(content)));
  const [box, ...wraps] = await Promise.all([
    sealBox(contentKey, header, content),
    ...cards.map((card) => wrapFor(LABEL, header, contentKey, card)),
  ]);
  const signature = await signAll(LABEL, device, { header, box, wraps });
  const to = wraps.map((wrap) => ({ device: wrap.device, enc: b64(wrap.enc), key: b64(wrap.key) }));
  const envelope = JSON.stringify({ header, box: b64(box), to, signature });
  return utf8(envelope).length > SEALED_BYTES_MOST ? refuse("too_large") : { content: envelope, contentKey };
}

/**
 * @param {Told} told
 * @param {Opening} opening
 */
export function openEnvelope(told, opening) {
  return outcome(unsealing(told, opening));
}

/**
 * @param {Told} told
 * @param {Opening} opening
 * @returns {Promise<Opened>}
 */
async function unsealing(told, { own, people, stateOf, handedOn = null }) {
  const { header: text, box, to: wraps, signature } = readEnvelope(told.content);
  const header = read(text, HEADER);
  refuseElsewhere(header, told);
  const states = statesOf(header.heads, people, stateOf);
  const device = states.get(header.sender)?.live.get(header.device) ?? refuse("device");
  if (device.suite !== header.suite) refuse("suite");
  await checkAll(LABEL, device, signature, { header: text, box, wraps });
  const contentKey = await contentKeyOf(text, wraps, own, handedOn);
  const plain = await openBox(contentKey, text, box);
  const heads = new Map([...header.heads].map(([psychic, head]) => [Number(psychic), head]));
  return { ...readSaid(plain), device, revision: header.revision, heads, contentKey };
}

/** @param {string} content */
function readEnvelope(content) {
  if (utf8(content).length > SEALED_BYTES_MOST) refuse("shape");
  const envelope = read(content, ENVELOPE);
  const devices = new Set(envelope.to.map(({ device }) => device));
  return devices.size === envelope.to.length ? envelope : refuse("shape");
}

/**
 * @param {{room: number, sender: number, nonce: string, reply_to: number | null}} header
 * @param {Told} told
 */
function refuseElsewhere(header, told) {
  if (header.room !== told.room) refuse("room");
  if (header.sender !== told.sender.id) refuse("sender");
  if (header.nonce !== told.nonce) refuse("nonce");
  if (header.reply_to !== told.reply_to) refuse("reply_to");
}

/**
 * How the devices of both people stood when it was sent.
 * @param {Map<string, string>} heads
 * @param {[number, number]} people
 * @param {Opening["stateOf"]} stateOf
 */
function statesOf(heads, people, stateOf) {
  if (heads.size !== people.length) refuse("heads");
  return new Map(people.map((psychic) =>
    [psychic, stateOf(psychic, heads.get(String(psychic)) ?? "") ?? refuse("heads")]));
}

/**
 * @param {string} header
 * @param {Wrap[]} wraps
 * @param {OwnDevice[]} own
 * @param {Bytes | null} handedOn
 */
async function contentKeyOf(header, wraps, own, handedOn) {
  for (const device of own) {
    const wrap = wraps.find((one) => one.device === device.id);
    if (wrap) return unwrap(LABEL, header, wrap, device);
  }
  return handedOn ?? refuse("wrap_missing");
}

/** @param {Bytes} plain */
function readSaid(plain) {
  try {
    return read(textOf(plain), SAID);
  } catch (error) {
    // Its sender has signed something else than the format has: no fault of this envelope on its way.
    if (error instanceof Refused) return refuse("text");
    throw error;
  }
}

/**
 * A new key for the reactions to a message.
 * @returns {Bytes}
 */
export function newReactionsKey() {
  return random(KEY_BYTES);
}
