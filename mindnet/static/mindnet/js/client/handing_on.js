/* Hands the keys of earlier messages on to a device that was just let in, so that it opens what this one does.

     await handOn(card, links, { keyring, devices, rest, onProgress: (done, all) => … });

   Each message is opened on the way: a key is handed on only for what stood every check here. */

import { RestError } from "./rest.js";

/** @import { Devices } from "./devices.js" */
/** @import { Keyring, Other } from "./keyring.js" */
/** @import { Rest } from "./rest.js" */
/** @import { Card } from "./sealed/device.js" */
/** @import { Link } from "./sealed/link.js" */

/** @typedef {{room: number, other: Other}} Place */
/** @typedef {{keyring: Keyring, devices: Devices, rest: Rest, onProgress: (done: number, all: number) => void}} Handing */

const PAGE = 100;

/**
 * Newest first, as a device takes a limited number of parts: what is beyond it stays closed there. Gives in how many of the
 * mind-links all was handed on.
 * @param {Card} card
 * @param {Place[]} places
 * @param {Handing} handing
 */
export async function handOn(card, places, { keyring, devices, rest, onProgress }) {
  let done = 0;
  for (const place of places) {
    onProgress(done, places.length);
    const link = await keyring.linkFor(place);
    await openAll(link, place.room, rest);
    await keyring.keep(link);
    const parts = [...(await link.sealHistory(card)).entries()];
    // Of part 0 the device is told: once more at the end, when all are there.
    for (const [part, sealed] of parts.length > 1 ? [...parts, parts[0]] : parts) {
      if (!await isTaken(devices.handOn(card.id, { room: place.room, part, sealed }))) return done;
    }
    done += 1;
  }
  return done;
}

/**
 * @param {Link} link
 * @param {number} room
 * @param {Rest} rest
 */
async function openAll(link, room, rest) {
  for (let before = Infinity; before > 1;) {
    const { results } = await rest.fetchPage(room, before === Infinity ? { limit: PAGE } : { before, limit: PAGE });
    const newestFirst = [...results].sort((one, other) => other.seq - one.seq);
    for (const message of newestFirst) if (message.message_type === "sealed" && !message.deleted) await link.open(message);
    if (!results.length) return;
    before = Math.min(...results.map(({ seq }) => seq));
  }
}

/**
 * False where the device has as many parts as it may: by number, or together.
 * @param {Promise<void>} sent
 */
async function isTaken(sent) {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof RestError && (error.status === 400 || error.status === 409)) return false;
    throw error;
  }
}
