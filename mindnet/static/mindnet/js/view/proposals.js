/* What may be proposed to who writes: the people of the room and all of them at once, and emoji by their names. */

import { best } from "../client/completion.js";
import { Emojis } from "../client/emojis.js";
import { Completing } from "./completing.js";
import { bdi, h } from "./dom.js";
import { openPicker } from "./emoji_picker.js";

const PROPOSED = 8;
// Where too many look at a room to name them, its people are asked for: so many times a hundred.
const PAGES_MOST = 10;
const WHOLE_ROOM = [
  { username: "all", words: "everybody in this room" },
  { username: "here", words: "everybody in this room who is online" },
];

export class Proposals {
  #client;
  #room;
  #permissions;
  #psychics;
  #emojis;
  #everybody = null;
  #completing = null;

  /** `psychics()`: those of the room who are known by name. `emojiUrl`: where the list of emoji is. */
  constructor({ client, room, permissions, psychics, emojiUrl }) {
    this.#client = client;
    this.#room = room;
    this.#permissions = permissions;
    this.#psychics = psychics;
    this.#emojis = new Emojis(client.storage, client.me.id, () => client.rest.getJson(emojiUrl));
  }

  /** To a text field, once. */
  addTo(input) {
    if (this.#completing) return;
    const sources = { "@": (word) => this.#names(word), ":": (word) => this.#emoji(word) };
    this.#completing = new Completing(input, sources, (name) => this.#named(name));
    this.#completing.look();
  }

  /** Raises what asking for the list of emoji raises. */
  async pick(anchor, take) {
    await this.#emojis.load();
    openPicker(this.#emojis, anchor, take);
  }

  async #names(word) {
    const { me } = this.#client;
    const people = (await this.#people()).filter(({ id }) => id !== me.id);
    const whole = this.#permissions.may("mention_all") ? best(WHOLE_ROOM, word, nameOf, PROPOSED) : [];
    const named = best(people, word, nameOf, PROPOSED - whole.length);
    return [...named, ...whole].map(({ username, words }) => ({
      value: `@${username}`, words: [bdi(`@${username}`), words ? h("span", { class: "muted" }, words) : null],
    }));
  }

  /** Who is in the room, those here first. */
  async #people() {
    const known = this.#psychics();
    if (known.length) return known;
    this.#everybody ??= this.#askForPeople();
    try {
      return await this.#everybody;
    } catch {
      this.#everybody = null; // asked for again with the next letter
      return [];
    }
  }

  async #askForPeople() {
    const found = [];
    let path = `/rooms/${this.#room.id}/participants?limit=100`;
    for (let page = 0; path && page < PAGES_MOST; page++) {
      const { results, next } = await this.#client.rest.getJson(path);
      found.push(...results.map(({ psychic }) => psychic));
      path = next;
    }
    return found;
  }

  async #emoji(word) {
    try {
      await this.#emojis.load();
    } catch {
      return []; // what is written stays as it is
    }
    return this.#emojis.find(word, PROPOSED).map(([emoji, names]) => {
      const value = this.#emojis.toned(emoji);
      return { value, use: () => this.#emojis.use(emoji), words: [value, h("span", {}, `:${meant(names, word)}:`)] };
    });
  }

  #named(name) {
    const emoji = this.#emojis.named(name);
    return emoji && this.#emojis.toned(emoji);
  }
}

const nameOf = ({ username }) => [username];

/** Of an emoji's names the one that was begun, or else the usual one. */
function meant(names, word) {
  return best(names, word, (name) => [name], 1)[0] ?? names[0];
}
