/* Going to a message, wherever in the room it is, and back again.

   `/room/12#m91` is the address of a message: the page opens there, and so does a link to it in what was said, or the
   quote above an answer. What is not shown is fetched with what lies around it; the end is then out of sight, as for who
   reads on from far above. A button leads back to where one was, as long as one has not come to the end by oneself. */

import { RestError } from "../client/rest.js";
import { h, icon } from "./dom.js";

const MARKED_MS = 4000;
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
  #say;
  #back = h("button", { class: "jump steps-back button small ghost", type: "button", hidden: true, onclick: () => this.back() },
    icon("back"), " Back to where you were");

  /** `list()` is what shows the messages; `toEnd()` shows the newest; `say(words)`. */
  constructor({ client, room, list, scroller, toEnd, say }) {
    this.#client = client;
    this.#room = room;
    this.#list = list();
    this.#say = say;
    this.#toEnd = toEnd;
    scroller.parentElement.querySelector("[data-jump]").before(this.#back);
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  /** Goes to a message. `from` is the one that led there, null where there is no way back. */
  async open(id, from = this.#list.firstInSight) {
    const turn = ++this.#turn, step = { id: from, isAtEnd: this.#list.isAtEnd };
    const words = await this.#bring(id, turn);
    if (turn !== this.#turn) return; // meanwhile they went elsewhere
    if (words) return this.#say(words);
    this.#say("");
    if (from !== null) this.#steps = [...this.#steps, step].slice(-STEPS_MOST);
    this.#lead(id);
  }

  async back() {
    const step = this.#steps.pop(), turn = ++this.#turn;
    if (!step) return;
    const words = step.isAtEnd ? await this.#toEnd() : await this.#bring(step.id, turn);
    if (turn !== this.#turn) return;
    if (words) this.#say(words);
    else if (step.isAtEnd) this.#list.element(step.id)?.focus({ preventScroll: true });
    else this.#lead(step.id);
    this.#draw();
  }

  /** Has the list show a message. Returns why it could not, in words, or nothing. */
  async #bring(id, turn) {
    try {
      if (this.#list.element(id)) return "";
      const message = this.#room.messages.get(id) ?? await this.#client.rest.message(id);
      if (message.room !== this.#room.id) return "This message is not here.";
      if (turn === this.#turn) await this.#client.rooms.showAround(this.#room, message.seq);
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
