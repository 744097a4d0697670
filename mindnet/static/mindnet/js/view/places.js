/* Going to a message, wherever in the room it is, and back again.

   `/room/12#m91` is the address of a message: the page opens there, and so does a link to it in what was said, or the
   quote above an answer. What is not shown is fetched with what lies around it; the end is then out of sight, as for who
   reads on from far above. A button leads back to where one was, as long as one has not come to the end by oneself. */

import { RestError } from "../client/rest.js";
import { find, h, icon } from "./dom.js";

const ADDRESS = /^#m(\d{1,15})$/;
const MARKED_MS = 4000;
const SAID_MS = 8000;
// Steps back; who has gone further than that no longer knows where they began.
const STEPS_MOST = 50;

export class Places {
  #client;
  #room;
  #list;
  #toEnd;
  /** Where one was, the last step last: a message, and whether the end of the room was in sight. */
  #steps = [];
  #turn = 0;
  #saying = 0;
  #note = find("[data-note]");
  #back = h("button", { class: "jump steps-back button small ghost", type: "button", hidden: true, onclick: () => this.back() },
    icon("back"), " Back to where you were");

  /** `toEnd()` shows the newest message. */
  constructor({ client, room, list, scroller, toEnd }) {
    this.#client = client;
    this.#room = room;
    this.#list = list;
    this.#toEnd = toEnd;
    scroller.parentElement.querySelector("[data-jump]").before(this.#back);
    scroller.addEventListener("click", (event) => this.#click(event));
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    window.addEventListener("hashchange", () => this.#openAddress(this.#list.firstInSight));
  }

  /** Where the address of the page leads to. */
  start() {
    const { pathname, search, hash } = location;
    const id = new URLSearchParams(search).get("message");
    // The address that works without scripts: from here on it is the one that works with them.
    if (id !== null) history.replaceState(null, "", pathname + (hash || `#m${id}`));
    this.#openAddress(null);
  }

  addressOf({ room, id }) {
    return new URL(`/room/${room}#m${id}`, location.origin).href;
  }

  /** Says something for a moment above the messages. */
  say(words) {
    clearTimeout(this.#saying);
    this.#note.hidden = false;
    this.#note.textContent = words;
    this.#saying = setTimeout(() => (this.#note.hidden = true), SAID_MS);
  }

  /** Goes to a message. `from` is the one that led there, null where there is no way back. */
  async open(id, from = this.#list.firstInSight) {
    const turn = ++this.#turn, step = { id: from, isAtEnd: this.#list.isAtEnd };
    const words = await this.#bring(id, turn);
    if (turn !== this.#turn) return; // meanwhile they went elsewhere
    if (words) return this.say(words);
    this.#note.hidden = true;
    if (from !== null) this.#steps = [...this.#steps, step].slice(-STEPS_MOST);
    this.#lead(id);
  }

  async back() {
    const step = this.#steps.pop(), turn = ++this.#turn;
    if (!step) return;
    if (step.isAtEnd) await this.#toEnd();
    const words = this.#list.element(step.id) ? "" : await this.#bring(step.id, turn);
    if (turn !== this.#turn) return;
    if (words) this.say(words);
    else if (!step.isAtEnd) this.#lead(step.id);
    else this.#list.element(step.id)?.focus({ preventScroll: true });
    this.#draw();
  }

  /** Has the list show a message. Returns why it could not, in words. */
  async #bring(id, turn) {
    try {
      const message = this.#room.messages.get(id) ?? await this.#client.rest.message(id);
      if (message.room !== this.#room.id) return "This message is not here.";
      if (turn === this.#turn && !this.#list.element(id)) await this.#client.rooms.showAround(this.#room, message.seq);
      return this.#list.element(id) ? "" : "This message is not here.";
    } catch (error) {
      const isMissing = error instanceof RestError && error.status === 404;
      return isMissing ? "This message is not here." : "The message did not come. Try again in a moment.";
    }
  }

  #lead(id) {
    const element = this.#list.lead(id);
    element?.classList.add("found");
    setTimeout(() => element?.classList.remove("found"), MARKED_MS);
    this.#draw();
  }

  #openAddress(from) {
    const id = ADDRESS.exec(location.hash)?.[1];
    if (id) this.open(Number(id), from);
  }

  /** A link to a message of this room, from a quote or from within a text. */
  #click(event) {
    const link = event.target.closest?.("a[href]");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || link.origin !== location.origin || link.pathname !== location.pathname || link.search) return;
    const id = ADDRESS.exec(link.hash)?.[1];
    if (!id) return;
    event.preventDefault();
    this.open(Number(id), Number(link.closest(".message")?.dataset.id) || undefined);
  }

  #scrolled() {
    if (this.#steps.length && this.#list.isAtEnd) {
      this.#steps = [];
      this.#draw();
    }
  }

  #draw() {
    this.#back.hidden = !this.#steps.length || this.#list.isAtEnd;
  }
}
