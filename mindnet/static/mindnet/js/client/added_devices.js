/* Devices that came to somebody since one has noted here which they have. A further device reads all that is said from then
   on, and changes no safety number: so a room says it until it was noted.

     const added = new AddedDevices(7, store);
     await added.of(9);       // [{id, name, kind}]; none where this person is first met, or was just accepted anew
     await added.note(9);

   It reads the logs that were checked and kept (kept_logs.js), and asks the server nothing. */

/** @import { KeyStore } from "./key_store.js" */
/** @import { Entry } from "./sealed/device_log.js" */

/** @typedef {{id: string, name: string, kind: "device" | "recovery"}} Added */
/** How far a log was noted. `first` is its first entry's signature. @typedef {{first: string, length: number}} Noted */

export class AddedDevices {
  #me;
  #store;

  /**
   * @param {number} me
   * @param {KeyStore} store
   */
  constructor(me, store) {
    this.#me = me;
    this.#store = store;
  }

  /**
   * Devices of a psychic that are live and were not noted yet, without those that this browser has let in itself.
   * @param {number} psychic
   * @returns {Promise<Added[]>}
   */
  async of(psychic) {
    const entries = await this.#entries(psychic), [own] = await this.#store.get([this.#me, "own"]) ?? [];
    const now = notedOf(entries);
    if (!now) return [];
    const noted = await this.#store.change(this.#key(psychic), (before) => before?.first === now.first ? before : now);
    return addedSince(entries, noted, own?.id);
  }

  /** @param {number} psychic */
  async note(psychic) {
    const now = notedOf(await this.#entries(psychic));
    if (now) await this.#store.change(this.#key(psychic), () => now);
  }

  /**
   * Of the log that holds.
   * @param {number} psychic
   * @returns {Promise<Entry[]>}
   */
  async #entries(psychic) {
    return (await this.#store.get([this.#me, "log", psychic]))?.at(-1) ?? [];
  }

  /**
   * @param {number} psychic
   * @returns {[number, string, number]}
   */
  #key(psychic) {
    return [this.#me, "noted", psychic];
  }
}

/**
 * @param {Entry[]} entries
 * @returns {Noted | null}
 */
export function notedOf(entries) {
  return entries.length ? { first: entries[0].signature, length: entries.length } : null;
}

/**
 * @param {Entry[]} entries of a log that was checked
 * @param {Noted} noted
 * @param {string} [own] this browser's device
 * @returns {Added[]}
 */
export function addedSince(entries, noted, own) {
  const said = entries.map(({ statement }) => JSON.parse(statement));
  const gone = new Set(said.filter(({ deed }) => deed === "revoke").map(({ device }) => device));
  return said.slice(noted.length)
    .filter(({ deed, device, by }) => deed === "endorse" && !gone.has(device) && device !== own && by !== own)
    .map(({ device, card }) => ({ id: device, ...nameAndKind(JSON.parse(card)) }));
}

/** @param {{name: string, kind: "device" | "recovery"}} card */
function nameAndKind({ name, kind }) {
  return { name, kind };
}
