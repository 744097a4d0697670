/* A field for a username that proposes names while one types: a combobox with a list below it. Arrow keys choose, Enter
   takes what is chosen, Escape puts the list away. Without scripts, or without the server, it is a field to type into. */

import { Rest } from "../client/rest.js";
import { bdi, h } from "./dom.js";

const PROPOSED = 6;
// Long enough that somebody who types on asks once.
const PAUSE_MS = 200;

let made = 0;

export class CompleteName {
  #input;
  #list;
  #status = h("span", { class: "hidden-text", role: "status" });
  #rest = new Rest(location.origin);
  #timer = 0;
  #chosen = -1;
  /** Answers to what was typed before are late. */
  #asked = 0;

  /** @param {HTMLInputElement} input */
  constructor(input) {
    this.#input = input;
    const id = `names-${++made}`;
    this.#list = h("ul", { class: "names", id, role: "listbox", "aria-label": "Names", hidden: true });
    input.after(this.#list, this.#status);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id,
    })) input.setAttribute(name, value);
    input.addEventListener("input", () => this.#wait());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.#close());
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), PAUSE_MS);
  }

  async #ask() {
    const typed = this.#input.value.trim(), turn = ++this.#asked;
    if (!typed) return this.#close();
    let results;
    try {
      ({ results } = await this.#rest.getJson("/psychics", { search: typed, limit: PROPOSED }));
    } catch {
      return this.#close(); // a name can be typed all the same
    }
    const isCurrent = turn === this.#asked && this.#input.isConnected && document.activeElement === this.#input;
    if (isCurrent) this.#show(results);
  }

  #show(people) {
    this.#chosen = -1;
    this.#input.removeAttribute("aria-activedescendant");
    this.#list.replaceChildren(...people.map(({ username, display_name }, index) => h("li", {
      id: `${this.#list.id}-${index}`, role: "option", "aria-selected": "false", "data-name": username,
      // Before the field loses the focus, and the list its place.
      onpointerdown: (event) => event.preventDefault(),
      onclick: () => this.#take(username),
    }, bdi(username), display_name ? [" ", bdi(display_name, { class: "muted" })] : null)));
    const count = people.length;
    this.#open(count > 0);
    this.#status.textContent = count ? `${count} ${count === 1 ? "name" : "names"}, arrow keys choose.` : "No such name.";
  }

  #key(event) {
    if (event.isComposing || this.#list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && this.#chosen >= 0) this.#take(this.#list.children[this.#chosen].dataset.name);
    else if (event.key === "Escape") this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #move(step) {
    const options = [...this.#list.children];
    this.#chosen = (this.#chosen + step + options.length + (this.#chosen < 0 && step < 0 ? 1 : 0)) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.#chosen)));
    this.#input.setAttribute("aria-activedescendant", options[this.#chosen].id);
    options[this.#chosen].scrollIntoView({ block: "nearest" });
  }

  #take(username) {
    this.#input.value = username;
    this.#close();
    this.#input.focus();
  }

  #open(isOpen) {
    this.#list.hidden = !isOpen;
    this.#input.setAttribute("aria-expanded", String(isOpen));
  }

  #close() {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#input.removeAttribute("aria-activedescendant");
    this.#status.textContent = "";
    this.#open(false);
  }
}
