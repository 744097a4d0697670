/* The files that go with the message one is writing: what they are, and a way to leave each out.

   They are kept from the moment they are chosen, so a reload finds them again. Too many, or too large, is said at once:
   the server would refuse them after all the waiting. */

import { sizeWords } from "../client/attachments.js";
import { bdi, h, icon } from "./dom.js";
import { most } from "./most.js";
import { preview } from "./preview.js";

export class ChosenFiles {
  #box;
  #files;
  #options;
  #items = []; // {name, size, element, kept: a promise of what the outbox says of it, said: that, once it is there}
  #list = h("ul", { "aria-label": "Files to send" });
  #unkept = h("p", { hidden: true }, "This browser keeps no files: do not close this page before they are sent.");
  #status = h("p", { class: "hidden-text", role: "status" });

  /** `options`: {fail(words), onChanged(what is kept), onEmptied() once the last was taken out by hand}. */
  constructor(box, files, options) {
    this.#box = box;
    this.#files = files;
    this.#options = options;
    box.append(this.#list, this.#unkept);
    box.after(this.#status);
  }

  get isEmpty() {
    return !this.#items.length;
  }

  add(files) {
    const fitting = files.filter(({ size }) => size <= most.file_bytes);
    const taken = fitting.slice(0, most.files - this.#items.length);
    for (const file of taken) this.#put(file, this.#files.keep(file), file);
    const words = refusalWords(files.filter((file) => !fitting.includes(file)), fitting.length - taken.length);
    if (words) this.#options.fail(words);
    if (taken.length) this.#say(taken.length === 1 ? `${taken[0].name} is added.` : `${taken.length} files are added.`);
  }

  /** What a page before this one had kept. */
  async restore(kept) {
    for (const said of kept) {
      const blob = await this.#files.get(said.key);
      if (blob) this.#put(said, Promise.resolve(said), blob);
    }
  }

  take() {
    const items = this.#items.splice(0);
    this.#draw();
    return Promise.all(items.map(({ kept }) => kept));
  }

  #put({ name, size, type }, kept, blob) {
    const item = { name, kept, said: null };
    item.element = h("li", {}, preview(type, blob),
      h("span", { class: "chosen-words" }, bdi(name), " ", h("small", {}, sizeWords(size))),
      h("button", { class: "quiet", type: "button", "aria-label": `Leave out ${name}`, onclick: () => this.#remove(item) },
        icon("close")));
    this.#items.push(item);
    this.#draw();
    kept.then((said) => {
      item.said = said;
      this.#draw();
    });
  }

  #remove(item) {
    const at = this.#items.indexOf(item);
    this.#items.splice(at, 1);
    item.kept.then(({ key }) => this.#files.drop([key]));
    this.#draw();
    this.#say(`${item.name} is left out.`);
    this.#options.fail("");
    const next = this.#items[at] ?? this.#items.at(-1);
    if (next) next.element.querySelector("button").focus();
    else this.#options.onEmptied();
  }

  #draw() {
    const kept = this.#items.flatMap(({ said }) => said ?? []);
    this.#list.replaceChildren(...this.#items.map(({ element }) => element));
    this.#box.hidden = this.isEmpty;
    this.#unkept.hidden = !kept.some(({ unkept }) => unkept);
    this.#options.onChanged(kept.filter(({ unkept }) => !unkept));
  }

  #say(words) {
    this.#status.textContent = words;
  }
}

/** What was left out, and why. `tooMany`: how many beyond those that go with one message. */
function refusalWords(tooLarge, tooMany) {
  const words = [];
  if (tooLarge.length === 1) words.push(`${tooLarge[0].name} is larger than ${sizeWords(most.file_bytes)}.`);
  else if (tooLarge.length) words.push(`${tooLarge.length} of the files are larger than ${sizeWords(most.file_bytes)}.`);
  if (tooMany > 0) words.push(`At most ${most.files} files go with one message: ${tooMany} left out.`);
  return words.join(" ");
}
