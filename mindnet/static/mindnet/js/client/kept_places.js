/* Where the messages of sealed mind-links were first seen, so that one that is handed out again as another is noticed also
   after the page was left. What they say is not in it.

   Each is kept under the device that has sealed it, and so many of each: who sends many crowds out no others than their own. */

/** @import { Key, KeyStore } from "./key_store.js" */
/** @import { Place } from "./sealed/room_order.js" */

// The newest of each device in each mind-link; a hundred bytes each. Of what is older it is noticed where devices have
// changed since, as that is then out of order.
const KEPT_MOST = 10_000;
// So many more may gather until they are tidied.
const SPARE = 1000;

export class KeptPlaces {
  #psychic;
  #store;

  /**
   * @param {number} psychic whose they are
   * @param {Pick<KeyStore, "under" | "changeAll" | "drop">} store
   * @param {{most?: number, spare?: number}} [bounds]
   */
  constructor(psychic, store, { most = KEPT_MOST, spare = SPARE } = {}) {
    this.#psychic = psychic;
    this.#store = store;
    this.most = most;
    this.spare = spare;
  }

  /**
   * Those of a room. What is too much is dropped on the way.
   * @param {number} room
   * @returns {Promise<Place[]>}
   */
  async of(room) {
    const kept = (await this.#store.under([this.#psychic, "place", room])).map(([, place]) => /** @type {Place} */ (place));
    const devices = [...new Set(kept.map(({ device }) => device))];
    const byDevice = devices.map((device) => kept.filter((place) => place.device === device));
    const spare = byDevice.filter(({ length }) => length > this.most + this.spare).flatMap((places) =>
      places.sort((one, other) => other.seq - one.seq).slice(this.most));
    // A storage that takes nothing away keeps nobody from reading.
    if (spare.length) await this.#store.drop(...spare.map((place) => this.#key(room, place))).catch(() => {});
    return kept;
  }

  /**
   * Keeps them, and gives what is kept: where another tab has seen the same at a lower number, that.
   * @param {number} room
   * @param {Place[]} places
   * @returns {Promise<Place[]>}
   */
  async keep(room, places) {
    if (!places.length) return [];
    const byKey = new Map(places.map((place) => [this.#key(room, place), place]));
    return this.#store.changeAll([...byKey.keys()], (kept, key) => {
      const place = /** @type {Place} */ (byKey.get(key));
      return kept && kept.seq <= place.seq ? kept : place;
    });
  }

  /**
   * @param {number} room
   * @param {Place} place
   * @returns {Key}
   */
  #key(room, { sender, device, nonce }) {
    return [this.#psychic, "place", room, sender, device, nonce];
  }
}
