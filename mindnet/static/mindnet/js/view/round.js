/* The sharing round within the calm view: who holds the talking piece, who waits, what was said, one's own words. */

import { parse, plain } from "../client/markup.js";
import { bdi, h } from "./dom.js";
import { most } from "./most.js";

export class Round {
  #session;
  #client;
  #room;
  #act;
  #since = null;
  #parts = {};
  #shownButtons = "";

  /** `act(work)` carries out a command and says what was refused. */
  constructor({ session, client, room, act }) {
    this.#session = session;
    this.#client = client;
    this.#room = room;
    this.#act = act;
    this.#make();
    client.rooms.on("messages", ({ id }) => id === room.id && this.#drawSaid());
  }

  #make() {
    const p = this.#parts;
    p.holder = h("p", { class: "round-holder", role: "status" });
    p.queue = h("p", { class: "muted" });
    p.said = h("div", { class: "round-said", role: "log", tabindex: "0", "aria-label": "What was said in this round" });
    p.buttons = h("div", { class: "round-buttons" });
    p.text = h("textarea", { id: "round-text", rows: "2", dir: "auto", maxlength: most.message, "aria-label": "Your words" });
    p.form = h("form", { class: "round-form", hidden: true }, p.text, h("button", { class: "button small" }, "Say it"));
    p.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
    this.element = h("div", { class: "piece-round", hidden: true }, p.said, p.holder, p.queue, p.form, p.buttons);
  }

  /** From this moment (ms of the server's clock) on it is said in the round; null: there is none. */
  show(since) {
    this.#since = since;
    this.element.hidden = since === null;
    this.draw();
    this.#drawSaid();
  }

  draw() {
    const { piece, holdsPiece, waitsForPiece } = this.#session;
    if (this.#since === null || !piece) return;
    const { holder, form, queue } = this.#parts;
    holder.replaceChildren(...(holdsPiece ? ["The talking piece is with you."]
      : piece.holder ? ["The talking piece is with ", bdi(piece.holder.username), "."]
      : ["The talking piece lies in the middle."]));
    const waiting = piece.queue.map(({ username }) => username).join(", ");
    queue.replaceChildren(...(waiting ? ["Then: ", bdi(waiting)] : []));
    form.hidden = !holdsPiece;
    this.#drawButtons(holdsPiece ? "pass" : waitsForPiece ? "step out" : "ask");
  }

  #drawButtons(key) {
    if (this.#shownButtons === key) return;
    const hadFocus = this.#parts.buttons.contains(document.activeElement);
    this.#shownButtons = key;
    const [words, work] = {
      "ask": ["Ask for the talking piece", () => this.#session.ask()],
      "step out": ["Wait no longer", () => this.#session.pass()],
      "pass": ["Pass it on", () => this.#session.pass()],
    }[key];
    const button = h("button", {
      class: `button small ${key === "ask" ? "" : "ghost"}`, type: "button", onclick: () => this.#act(work),
    }, words);
    this.#parts.buttons.replaceChildren(button);
    if (key === "pass" && this.element.closest("dialog")?.open) this.#parts.text.focus();
    else if (hadFocus) button.focus();
  }

  #drawSaid() {
    if (this.#since === null) return;
    const said = this.#room.shown().filter((one) => !one.deleted && Date.parse(one.timestamp) >= this.#since);
    this.#parts.said.replaceChildren(...said.map(({ sender, content }) => h("p", {},
      bdi(sender.username, { class: "sender" }), " ", bdi(plain(parse(content))))));
    this.#parts.said.hidden = !said.length;
    this.#parts.said.scrollTop = this.#parts.said.scrollHeight;
  }

  #say() {
    const content = this.#parts.text.value;
    if (!content.trim()) return;
    this.#client.outbox.add({ room: this.#room.id, content, reply_to: null });
    this.#parts.text.value = "";
    this.#parts.text.focus();
  }
}
