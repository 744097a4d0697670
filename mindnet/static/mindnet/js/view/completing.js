/* Proposals while one writes: after an @ the people of the room, after a colon emoji by their names.

   A list above the text, the first of it chosen. Arrow keys choose another, Enter and Tab take it, Escape puts the list
   away until another word is begun; Enter on what is written out already sends, as ever. The field stays a text field:
   `aria-activedescendant` says what is chosen, since a text of several lines may be no combobox. */

import { completed, nameAt, wordAt } from "../client/completion.js";
import { h } from "./dom.js";

export class Completing {
  #input;
  #sources;
  #written;
  #list = h("ul", { class: "names completing", id: "proposals", role: "listbox", "aria-label": "Proposals", hidden: true });
  #status = h("span", { class: "hidden-text", role: "status" });
  #begun = null;
  #options = [];
  #chosen = 0;
  /** Where the word stands whose list was put away. */
  #dismissed = null;
  #turn = 0;

  /** `sources`: by its sign what proposes for a word, `(word) => [{value, words}]`, at once or later. `written(name)`
      gives what a name between two colons stands for. */
  constructor(input, sources, written) {
    this.#input = input;
    this.#sources = sources;
    this.#written = written;
    input.after(this.#list, this.#status);
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.#list.id);
    // Ahead of the composer, to which Enter means something else.
    input.form.addEventListener("keydown", (event) => event.target === input && this.#key(event), true);
    input.addEventListener("input", (event) => !event.isComposing && this.#typed());
    input.addEventListener("compositionend", () => this.look());
    input.addEventListener("blur", () => this.#close());
    document.addEventListener("selectionchange", () => document.activeElement === input && this.look());
  }

  #typed() {
    const name = nameAt(this.#input.value, this.#input.selectionStart);
    const emoji = name && this.#written(name.word);
    if (emoji) this.#put(name, emoji);
    else this.look();
  }

  /** Proposes what fits the word at the caret. */
  async look() {
    const { value, selectionStart: start, selectionEnd: end } = this.#input;
    const begun = start === end ? wordAt(value, start) : null;
    if (begun?.start !== this.#dismissed) this.#dismissed = null;
    if (!begun || this.#dismissed !== null) return this.#close();
    if (begun.sign === this.#begun?.sign && begun.word === this.#begun.word && begun.start === this.#begun.start) return;
    const turn = ++this.#turn;
    this.#begun = begun;
    const options = await this.#sources[begun.sign](begun.word);
    if (turn === this.#turn && document.activeElement === this.#input) this.#show(options);
  }

  #show(options) {
    this.#options = options;
    this.#list.replaceChildren(...options.map(({ words }, index) => h("li", {
      id: `proposal-${index}`, role: "option", "aria-selected": "false",
      // Before the field loses the focus, and the list its place.
      onpointerdown: (event) => event.preventDefault(),
      onclick: () => this.#take(index),
    }, words)));
    this.#list.hidden = !options.length;
    if (!options.length) return this.#forgetChoice();
    this.#choose(0);
    const count = `${options.length} ${options.length === 1 ? "proposal" : "proposals"}`;
    this.#status.textContent = `${count}, arrow keys choose, Enter takes.`;
  }

  #choose(index) {
    this.#chosen = index;
    [...this.#list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    this.#input.setAttribute("aria-activedescendant", `proposal-${index}`);
    this.#list.children[index].scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229 || this.#list.hidden) return;
    const count = this.#options.length, isPlain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (!isPlain) return;
    if (event.key === "ArrowDown") this.#choose((this.#chosen + 1) % count);
    else if (event.key === "ArrowUp") this.#choose((this.#chosen + count - 1) % count);
    else if (event.key === "Escape") this.#dismiss();
    else if ((event.key !== "Enter" && event.key !== "Tab") || this.#isWrittenOut()) return;
    else this.#take(this.#chosen);
    event.preventDefault();
    event.stopPropagation();
  }

  #isWrittenOut() {
    const { sign, word } = this.#begun;
    return this.#options[this.#chosen].value.toLowerCase() === `${sign}${word}`.toLowerCase();
  }

  #take(index) {
    const { value, use } = this.#options[index];
    use?.();
    this.#put(this.#begun, value);
  }

  #put(begun, value) {
    const { text, caret } = completed(this.#input.value, begun, value);
    this.#close();
    this.#input.value = text;
    this.#input.setSelectionRange(caret, caret);
    this.#input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  #dismiss() {
    this.#dismissed = this.#begun.start;
    this.#close();
  }

  #close() {
    this.#turn++;
    this.#begun = null;
    this.#list.hidden = true;
    this.#forgetChoice();
  }

  #forgetChoice() {
    this.#input.removeAttribute("aria-activedescendant");
    this.#status.textContent = "";
  }
}
