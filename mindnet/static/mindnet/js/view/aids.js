/* Aids to who writes, and to who looks for their place: proposals, the picker of emoji, what answers answer, the way to
   a message. A room opens without them: each is brought when it is first wanted. */

import { find, h, icon } from "./dom.js";

const SIGN = /[@:][\w.+-]*$/;
const ADDRESS = /^#m(\d{1,15})$/;
const SAID_MS = 8000;
const FAILED = "The server is not reached. Try again in a moment.";

export class Aids {
  #options;
  #note = find("[data-note]");
  #saying = 0;
  #quotes;
  #places;
  #proposals;

  /** `options`: {client, room, list(), scroller, permissions, psychics(), emojiUrl, toEnd()}. */
  constructor(options) {
    const { client, scroller } = this.#options = { ...options, say: (words) => this.say(words) };
    this.#quotes = once(async () => new (await import("../client/quotes.js")).Quotes({
      ask: (id) => client.rest.message(id), take: (message) => client.rooms.stored(message),
    }));
    this.#places = once(async () => new (await import("./places.js")).Places(this.#options));
    this.#proposals = once(async () => new (await import("./proposals.js")).Proposals(this.#options));
    scroller.addEventListener("click", (event) => this.#click(event));
    window.addEventListener("hashchange", () => this.#openAddress());
  }

  /** Goes where the address of the page leads to. */
  start() {
    const { pathname, search, hash } = location;
    const id = new URLSearchParams(search).get("message");
    // The address that works without scripts: from here on it is the one that works with them.
    if (id !== null) history.replaceState(null, "", pathname + (hash || `#m${id}`));
    this.#openAddress(null);
  }

  /** What a message answers is not held. */
  async quote(id) {
    try {
      (await this.#quotes()).want(id);
    } catch {
      // Wanted again when it is drawn again.
    }
  }

  /** Says something for a moment above the messages; nothing ends that. */
  say(words) {
    clearTimeout(this.#saying);
    this.#note.hidden = !words;
    this.#note.textContent = words;
    this.#saying = setTimeout(() => (this.#note.hidden = true), SAID_MS);
  }

  /** Adds a button for emoji to a text field that belongs to a form, and proposals while one writes in it. */
  addTo(input) {
    const button = h("button", {
      class: "emoji-button quiet", type: "button", "aria-label": "Emoji", "aria-haspopup": "dialog",
      onclick: () => this.pick(button, (emoji) => insert(input, emoji)),
    }, icon("smile"));
    const box = h("div", { class: "writing" });
    input.replaceWith(box);
    box.append(input, button);
    const begin = async (event) => {
      if (event.isComposing || !SIGN.test(input.value.slice(0, input.selectionStart))) return;
      // Without the server there are no proposals: wanted again with the next letter.
      (await this.#proposals().catch(() => null))?.addTo(input);
    };
    input.addEventListener("input", begin);
  }

  /** Lets somebody choose an emoji, in a dialog beside an element. */
  async pick(anchor, take) {
    try {
      await (await this.#proposals()).pick(anchor, take);
    } catch {
      this.say(FAILED);
    }
  }

  /** Goes to a message; `from` is the one that led there, null where there is no way back. */
  async #open(id, from) {
    try {
      await (await this.#places()).open(id, from);
    } catch {
      this.say(FAILED);
    }
  }

  #openAddress(from) {
    const id = ADDRESS.exec(location.hash)?.[1];
    if (id) this.#open(Number(id), from);
  }

  /** A link to a message of this room, from a quote or from within a text. */
  #click(event) {
    const link = event.target.closest?.("a[href]");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || link.origin !== location.origin || link.pathname !== location.pathname || link.search) return;
    const id = ADDRESS.exec(link.hash)?.[1];
    if (!id) return;
    event.preventDefault();
    this.#open(Number(id), Number(link.closest(".message")?.dataset.id) || undefined);
  }
}

/** Calls once; after a failure the next call tries again. */
function once(load) {
  let brought = null;
  return () => (brought ??= load().catch((error) => {
    brought = null;
    throw error;
  }));
}

/** At the caret, as if it were typed. */
function insert(input, text) {
  input.focus({ preventScroll: true });
  input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
