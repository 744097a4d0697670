/* Says once that this browser keeps nothing (more) for this site: its storage is full, or refused. */

import { h, icon } from "./dom.js";

export class UnkeptNote {
  #main;
  #note = h("div", { class: "unkept-note", role: "status" });

  constructor(main, storage) {
    this.#main = main;
    main.prepend(this.#note);
    storage.on("unkept", () => this.#show());
  }

  #show() {
    this.#note.replaceChildren(
      h("p", {}, icon("info"), " This browser keeps nothing for mindnet right now: its storage is full or switched off. ",
        "Sending works all the same, but what is not sent yet is gone when you close or reload this page."),
      h("button", { class: "button small ghost", type: "button", onclick: () => this.#putAway() }, "Put away"));
  }

  #putAway() {
    this.#note.replaceChildren();
    this.#main.focus();
  }
}
