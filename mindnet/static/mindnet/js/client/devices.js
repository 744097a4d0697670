/* What is asked of the server about devices for sealed mind-links. It keeps them and says what it was given; whether that is
   true, whoever asks has to check (sealed/).

     const devices = new Devices(rest);
     const { log, waiting, recovery } = await devices.mine();

   Raises what `rest` raises; `isChanged` says whether the log has grown meanwhile. */

import { RestError } from "./rest.js";

/** @import { Rest } from "./rest.js" */
/** @import { Device, DeviceList } from "./shapes.js" */
/** @import { Entry } from "./sealed/device_log.js" */

/** `recovery`: whether there is a bundle. `waiting`: offered within a day, and not endorsed yet.
 * @typedef {Omit<DeviceList, "psychic"> & {recovery: boolean, waiting: Device[]}} OwnList */
/** @typedef {{card: string, signature: string}} Offer */
/** @typedef {{room: number, part: number, sealed: string}} Part keys of earlier messages, sealed for one device */

export class Devices {
  #rest;

  /** @param {Rest} rest */
  constructor(rest) {
    this.#rest = rest;
  }

  /** @returns {Promise<OwnList>} */
  mine() {
    return this.#rest.getJson("/devices");
  }

  /**
   * @param {string} username of somebody with whom one shares a room
   * @returns {Promise<DeviceList>}
   */
  of(username) {
    return this.#rest.getJson(`/psychics/${encodeURIComponent(username)}/devices`);
  }

  /**
   * With an `entry` it begins the log; with `start_over` too, a new one.
   * @param {Offer & {entry?: Entry, start_over?: boolean}} body
   * @returns {Promise<OwnList>}
   */
  offer(body) {
    return this.#rest.send("POST", "/devices", body);
  }

  /**
   * @param {string} id
   * @param {Entry} entry
   * @returns {Promise<OwnList>}
   */
  endorse(id, entry) {
    return this.#rest.send("POST", `/devices/${id}/endorse`, { entry });
  }

  /**
   * @param {string} id
   * @param {Entry} entry
   * @returns {Promise<OwnList>}
   */
  revoke(id, entry) {
    return this.#rest.send("POST", `/devices/${id}/revoke`, { entry });
  }

  /** The recovery bundle, which the code opens; null where there is none. @returns {Promise<unknown>} */
  async recovery() {
    try {
      return await this.#rest.getJson("/devices/recovery");
    } catch (error) {
      if (error instanceof RestError && error.status === 404) return null;
      throw error;
    }
  }

  /**
   * @param {Offer & {entries: Entry[], bundle: unknown}} body
   * @returns {Promise<OwnList>}
   */
  putRecovery(body) {
    return this.#rest.send("PUT", "/devices/recovery", body);
  }

  /**
   * Hands keys of earlier messages on to a device of one's own.
   * @param {string} id
   * @param {Part} part
   */
  async handOn(id, { room, part, sealed }) {
    await this.#rest.send("PUT", `/devices/${id}/history/${room}/${part}`, { sealed });
  }

  /**
   * What this device was handed of a mind-link's earlier messages.
   * @param {string} id
   * @param {number} room
   */
  async handedOn(id, room) {
    /** @type {Part[]} */
    const parts = [];
    for (let path = `/devices/${id}/history?room=${room}&limit=100`; path;) {
      const { results, next } = await this.#rest.getJson(path);
      parts.push(...results);
      path = next;
    }
    return parts;
  }
}

/**
 * Whether an entry came too late: another one is to be signed.
 * @param {unknown} error
 */
export function isChanged(error) {
  return error instanceof RestError && error.refusal.code === "device_list_changed";
}
