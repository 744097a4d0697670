/* A field of words with commas between them, as words one can take away.

   The field itself stays, hidden, and carries the words to the server; what one types into takes its place, its label
   and its suggestions. */

import { bdi, h, icon } from "./dom.js";

export class TagsInput {
  #field;
  #input;
  #list;
  #status;
  #words = [];
  #most;
  #suggested;

  /** `box` is the .field with the input, its datalist and its help; data-most and data-longest bound the words. */
  constructor(box) {
    this.#field = box.querySelector("input");
    this.#most = Number(box.dataset.most);
    this.#suggested = new Set([...this.#field.list.options].map((option) => option.value));
    this.#input = this.#field.cloneNode();
    this.#input.removeAttribute("name");
    this.#input.value = "";
    this.#input.maxLength = Number(box.dataset.longest);
    this.#list = h("ul", { class: "tags", "aria-label": "Chosen words" });
    this.#status = h("span", { class: "hidden-text", role: "status" });
    box.querySelector("[data-tags-help]").textContent =
      `Enter or a comma adds a word, up to ${this.#most}; Backspace takes the last one away. Others find you by them.`;
    this.#field.type = "hidden";
    this.#field.removeAttribute("id");
    this.#field.before(h("div", { class: "tags-box" }, this.#list, this.#input), this.#status);
    this.#add(this.#field.value, { isQuiet: true });
    this.#listen();
  }

  #listen() {
    this.#input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && this.#input.value.trim()) {
        event.preventDefault();
        this.#commit();
      } else if (event.key === "Backspace" && !this.#input.value && this.#words.length) {
        this.#remove(this.#words.at(-1));
      }
    });
    this.#input.addEventListener("input", (event) => {
      const isChosen = event.inputType !== "insertText" && this.#suggested.has(this.#input.value);
      if (isChosen || this.#input.value.includes(",")) this.#commit();
    });
    this.#input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      // Longer than one word may be, the browser would cut it.
      if (!text.includes(",") && !text.includes("\n")) return;
      event.preventDefault();
      this.#add(text.replaceAll("\n", ","));
    });
    this.#input.addEventListener("blur", () => this.#commit());
    this.#field.form.addEventListener("submit", () => this.#commit());
  }

  #commit() {
    const text = this.#input.value;
    if (!text.trim()) return;
    this.#input.value = "";
    this.#add(text);
  }

  #add(text, { isQuiet = false } = {}) {
    const held = new Set(this.#words.map((word) => word.toLowerCase()));
    const fresh = text.split(",").map((word) => word.trim())
      .filter((word) => word && !held.has(word.toLowerCase()) && held.add(word.toLowerCase()));
    const left = this.#most - this.#words.length;
    this.#words.push(...fresh.slice(0, left));
    this.#draw();
    if (isQuiet) return;
    this.#say(fresh.length > left ? `${this.#most} are the most.` : fresh.length ? `Added ${fresh.join(", ")}.` : "");
  }

  #remove(word) {
    this.#words = this.#words.filter((one) => one !== word);
    this.#draw();
    this.#say(`Removed ${word}.`);
    this.#input.focus();
  }

  #draw() {
    this.#field.value = this.#words.join(", ");
    this.#list.replaceChildren(...this.#words.map((word) => h("li", {}, bdi(word),
      h("button", { type: "button", "aria-label": `Remove ${word}`, onclick: () => this.#remove(word) },
        icon("close")))));
  }

  #say(words) {
    this.#status.textContent = words;
  }
}
