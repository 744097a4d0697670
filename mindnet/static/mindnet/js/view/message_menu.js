/* What one can do with a message: react, reply, edit, delete. One menu for all, opened beside the one meant. */

import { h, icon } from "./dom.js";

export const REACTIONS = ["💜", "👁", "🙏", "✨", "😂", "👍"];

const GAP_PIXELS = 4;

export class MessageMenu {
  #frame;
  #menu = null;
  #id = null;

  /** `frame` scrolls with the messages. The menu hangs on it, since the message may be drawn anew meanwhile. */
  constructor(frame) {
    this.#frame = frame;
    document.addEventListener("pointerdown", (event) => {
      if (this.#menu && !this.#menu.contains(event.target) && !this.#opener?.contains(event.target)) this.close();
    });
  }

  get #article() {
    return document.getElementById(`m${this.#id}`);
  }

  get #opener() {
    return this.#article?.querySelector(".more");
  }

  /** `actions`: [{name, icon, run}]; `react(emoji)`, null where one may not; `pick()` to choose another one. */
  toggle(message, { actions, react, pick }) {
    const isSame = this.#menu && this.#id === message.id;
    this.close();
    if (isSame) return;
    this.#id = message.id;
    this.#opener.setAttribute("aria-expanded", "true");
    const run = (work) => () => {
      this.close(true);
      work();
    };
    this.#menu = h("div", { class: "message-menu", role: "group", "aria-label": "What to do with this message" },
      react && h("div", { class: "quick" }, REACTIONS.map((emoji) => h("button", {
        type: "button", "aria-label": `React with ${emoji}`, onclick: run(() => react(emoji)),
      }, emoji)), h("button", { type: "button", "aria-label": "React with another emoji", onclick: run(pick) }, icon("plus"))),
      actions.map(({ name, icon: picture, run: work }) =>
        h("button", { type: "button", onclick: run(work) }, icon(picture), name)));
    this.#menu.addEventListener("keydown", (event) => this.#keydown(event));
    this.#frame.append(this.#menu);
    this.#place();
    this.#menu.querySelector("button")?.focus({ preventScroll: true });
  }

  close(returnFocus = false) {
    if (!this.#menu) return;
    this.#menu.remove();
    this.#menu = null;
    this.#opener?.setAttribute("aria-expanded", "false");
    if (returnFocus) this.#article?.focus({ preventScroll: true });
  }

  /** Below the message, or above it if there is no place below; over it where there is none at all. */
  #place() {
    const frame = this.#frame.getBoundingClientRect();
    const bubble = this.#article.querySelector(".bubble").getBoundingClientRect();
    const window = this.#frame.parentElement.getBoundingClientRect();
    this.#menu.style.maxHeight = `${window.height - 2 * GAP_PIXELS}px`;
    const { width, height } = this.#menu.getBoundingClientRect();
    const isAbove = bubble.bottom + height > window.bottom && bubble.top - height > window.top;
    const wanted = isAbove ? bubble.top - height - GAP_PIXELS : bubble.bottom + GAP_PIXELS;
    const top = Math.max(window.top + GAP_PIXELS, Math.min(wanted, window.bottom - height - GAP_PIXELS));
    const isOwn = this.#article.classList.contains("own");
    const left = (isOwn ? bubble.right - width : bubble.left) - frame.left;
    this.#menu.style.top = `${top - frame.top}px`;
    this.#menu.style.left = `${Math.max(8, Math.min(left, frame.width - width - 8))}px`;
  }

  #keydown(event) {
    if (event.key === "Escape") {
      this.close(true);
    } else if (["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"].includes(event.key)) {
      const buttons = [...this.#menu.querySelectorAll("button")];
      const step = event.key === "ArrowDown" || event.key === "ArrowRight" ? 1 : -1;
      buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length).focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
