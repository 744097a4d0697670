/* The few things asked by REST: pages of messages, who is online, whether one is still signed in.

     const rest = new Rest("https://host");
     const {results} = await rest.getJson("/presence/online");

   A page is known by its cookies. Who is not hands in a `fetch` that puts a token into the headers. */

/** @import { Refusal } from "./commands.js" */
/** @import { Message, Presence } from "./shapes.js" */

/**
 * @typedef {object} MessagePage
 * @property {Message[]} results
 * @property {string | null} [next] where there are newer ones
 * @property {number} last_seq
 */

/**
 * Somebody in the directory, as far as pictures go.
 * @typedef {object} Profile
 * @property {number} id
 * @property {string} username
 * @property {string | null} avatar_url
 */

/** @typedef {(url: URL, options: RequestInit) => Promise<Response>} Fetch */

export class RestError extends Error {
  /**
   * @param {number} status
   * @param {string} path
   * @param {Partial<Refusal>} [refusal] what the server says, if it does
   */
  constructor(status, path, refusal = {}) {
    super(`${status} from ${path}`);
    this.status = status;
    this.refusal = refusal;
  }
}

export class Rest {
  #origin;
  #fetch;
  #csrfToken;

  /**
   * @param {string} origin
   * @param {{fetch?: Fetch, csrfToken?: () => string}} [options]
   */
  constructor(origin, { fetch = (url, options) => globalThis.fetch(url, options), csrfToken = () => "" } = {}) {
    this.#origin = origin;
    this.#fetch = fetch;
    this.#csrfToken = csrfToken;
  }

  /**
   * Changes something, and gives the answer. Raises RestError for every status but 2xx, and what `fetch` raises.
   * @param {"PUT" | "DELETE" | "POST" | "PATCH"} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  async send(method, path, body) {
    const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": this.#csrfToken() };
    const options = { method, headers, body: JSON.stringify(body), credentials: /** @type {const} */ ("same-origin") };
    const response = await this.#fetch(new URL(path, this.#origin), options);
    // What stands between answers in words of its own, and nothing has no words.
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new RestError(response.status, path, answer);
    return answer;
  }

  /**
   * Raises RestError for every status but 2xx, and what `fetch` raises where the server is not reached.
   * @param {string} path
   * @param {Record<string, string | number>} params
   * @returns {Promise<any>}
   */
  async getJson(path, params = {}) {
    const url = new URL(path, this.#origin);
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, String(value));
    const response = await this.#fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!response.ok) throw new RestError(response.status, path);
    return response.json();
  }

  /** @returns {Promise<Presence>} */
  ownPresence() {
    return this.getJson("/presence/me");
  }

  /**
   * @param {number} room
   * @param {Record<string, number>} params before, after, around, limit
   * @returns {Promise<MessagePage>}
   */
  fetchPage(room, params) {
    return this.getJson(`/rooms/${room}/messages`, params);
  }

  /**
   * @param {number} id
   * @returns {Promise<Message>}
   */
  message(id) {
    return this.getJson(`/messages/${id}`);
  }

  /**
   * @param {number[]} ids 100 at most
   * @returns {Promise<Profile[]>}
   */
  async psychics(ids) {
    return (await this.getJson("/psychics", { ids: ids.join(","), limit: 100 })).results;
  }

  /**
   * The ids of all whom one has blocked, page by page.
   * @returns {Promise<number[]>}
   */
  async blocked() {
    const ids = [];
    for (let path = "/psychics/me/blocks?limit=100"; path;) {
      const { results, next } = await this.getJson(path);
      ids.push(...results.map((/** @type {{psychic: {id: number}}} */ { psychic }) => psychic.id));
      path = next;
    }
    return ids;
  }

  /**
   * Broadcasts that wait for one's acknowledgement, newest first.
   * @returns {Promise<Message[]>}
   */
  async unacknowledged() {
    return (await this.getJson("/messages/unacknowledged", { limit: 50 })).results;
  }

  /** False only if the server says so: a network that does not answer is no reason to sign somebody out. */
  async isSignedIn() {
    try {
      await this.ownPresence();
      return true;
    } catch (error) {
      return !(error instanceof RestError && error.status === 401);
    }
  }
}
