/* Aids to who writes: proposals of names and emoji, and the picker of emoji. Each is brought when it is first wanted. */

import { Emojis } from "../client/emojis.js";
import { best } from "../client/completion.js";
import { bdi, h, icon } from "./dom.js";

const PROPOSED = 8;
// Where too many look at a room to name them, its people are asked for: so many, a hundred at a time.
const PAGES_MOST = 10;
const SIGN = /[@:][\w.+-]*$/;
const WHOLE_ROOM = [
  { username: "all", words: "everybody in this room" },
  { username: "here", words: "everybody in this room who is online" },
];

export class Aids {
  #client;
  #room;
  #permissions;
  #psychics;
  #say;
  #emojis;
  #everybody = null;
  #completing = null;

  /** `psychics()`: those of the room who are known by name. `emojiUrl`: where the list of emoji is. `say(words)`. */
  constructor({ client, room, permissions, psychics, emojiUrl, say }) {
    this.#client = client;
    this.#room = room;
    this.#permissions = permissions;
    this.#psychics = psychics;
    this.#say = say;
    this.#emojis = new Emojis(client.storage, client.me.id, () => client.rest.getJson(emojiUrl));
  }

  /** Adds them to a text field that belongs to a form. */
  addTo(input) {
    const pick = () => this.pick(button, (emoji) => insert(input, emoji));
    const button = h("button", { class: "emoji-button quiet", type: "button", "aria-label": "Emoji", "aria-haspopup": "dialog",
      onclick: pick }, icon("smile"));
    const box = h("div", { class: "writing" });
    input.replaceWith(box);
    box.append(input, button);
    const bring = async (event) => {
      if (event.isComposing || !SIGN.test(input.value.slice(0, input.selectionStart))) return;
      // Without the server there are no proposals: asked for again with the next letter.
      const { Completing } = await import("./completing.js").catch(() => ({}));
      if (!Completing || this.#completing) return;
      input.removeEventListener("input", bring);
      const sources = { "@": (word) => this.#names(word), ":": (word) => this.#emoji(word) };
      this.#completing = new Completing(input, sources, (name) => this.#emojis.named(name));
      this.#completing.look();
    };
    input.addEventListener("input", bring);
  }

  /** Lets somebody choose an emoji, in a dialog beside an element. */
  async pick(anchor, onPick) {
    try {
      const [{ openPicker }] = await Promise.all([import("./emoji_picker.js"), this.#emojis.load()]);
      openPicker(this.#emojis, anchor, onPick);
    } catch {
      this.#say("The list of emoji did not come. Try again in a moment.");
    }
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
    return this.#emojis.find(word, PROPOSED).map(([emoji, names]) => ({
      value: emoji, use: () => this.#emojis.use(emoji), words: [emoji, h("span", {}, `:${shortest(names, word)}:`)],
    }));
  }
}

const nameOf = ({ username }) => [username];

/** Of an emoji's names the one that was begun, or else the usual one. */
function shortest(names, word) {
  return best(names, word, (name) => [name], 1)[0] ?? names[0];
}

/** At the caret, as if it were typed. */
function insert(input, text) {
  input.focus({ preventScroll: true });
  input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
