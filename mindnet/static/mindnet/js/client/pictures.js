/* Which psychics have a picture, and which version of it. No DOM here.

   The page brings what it knows. About whom it does not know, because they have come since, is asked in one request
   for all of them together; until the answer, and without one, the initial stands alone. */

import { Emitter } from "./emitter.js";

/** @import { Profile } from "./rest.js" */

// Newcomers that appear within this time are asked about together.
const GATHER_MS = 200;
const ASKED_AT_ONCE = 100;

/** @extends {Emitter<{known: [Profile]}>} */
export class Pictures extends Emitter {
  /** @type {Map<number, string>} */
  #versions = new Map();
  /** @type {Set<number>} */
  #asked = new Set();
  /** @type {number[]} */
  #waiting = [];
  #timer = 0;
  #ask;

  /** @param {(ids: number[]) => Promise<Profile[]>} ask */
  constructor(ask) {
    super();
    this.#ask = ask;
  }

  /**
   * `{id: version}`, with "" for who has none.
   * @param {Record<string, string> | undefined} versions
   */
  learn(versions) {
    for (const [id, version] of Object.entries(versions ?? {})) this.#versions.set(Number(id), version);
  }

  /**
   * The address of a psychic's picture, or null.
   * @param {{id: number, username: string}} psychic
   */
  url({ id, username }, { isSmall = true } = {}) {
    const version = this.#versions.get(id);
    if (version === undefined) this.#want(id);
    if (!version) return null;
    return `/psychics/${encodeURIComponent(username)}/avatar?v=${version}${isSmall ? "&small=1" : ""}`;
  }

  /** @param {number} id */
  #want(id) {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    this.#waiting.push(id);
    this.#timer ||= setTimeout(() => this.#askForAll(), GATHER_MS);
  }

  async #askForAll() {
    const ids = this.#waiting.splice(0, ASKED_AT_ONCE);
    this.#timer = this.#waiting.length ? setTimeout(() => this.#askForAll(), GATHER_MS) : 0;
    try {
      const psychics = await this.#ask(ids);
      this.learn(Object.fromEntries(psychics.map(({ id, avatar_url: url }) => [id, versionOf(url)])));
      psychics.filter((psychic) => psychic.avatar_url).forEach((psychic) => this.emit("known", psychic));
    } catch {
      // The initials do for now; the next page asks anew.
    }
  }
}

/** @param {string | null} url */
export function versionOf(url) {
  return (url && new URLSearchParams(url.split("?")[1]).get("v")) || "";
}
