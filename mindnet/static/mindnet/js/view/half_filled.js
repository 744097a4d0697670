/* Forms half filled in when the sign-in is over: what was written is there again once one has signed in.

   Kept in the tab, for the person who wrote it and this address alone. A form that was sent comes back by the server, and
   the composer has its drafts. */

import { h } from "./dom.js";

const FIELDS = "form[method=post]:not([data-composer]) :is(input, textarea, select)";
// What is written by nobody, is nobody's to keep, or cannot be given back.
const LEFT_OUT = new Set(["hidden", "password", "file", "submit", "button"]);
const CHOICES = new Set(["checkbox", "radio"]);

const keyOf = (field) => [field.form.getAttribute("action"), field.name, CHOICES.has(field.type) ? field.value : ""].join(" ");

export class HalfFilled {
  #main;
  #storage;
  #me;

  constructor(main, storage, me) {
    this.#main = main;
    this.#storage = storage;
    this.#me = me;
    this.#giveBack();
  }

  get #key() {
    return `mindnet.form.${this.#me.id}.${location.pathname}`;
  }

  get #fields() {
    return [...this.#main.querySelectorAll(FIELDS)].filter(({ name, type }) => name && !LEFT_OUT.has(type));
  }

  keep() {
    const changed = this.#fields.filter((field) => hasChanged(field)).map((field) => [keyOf(field), valueOf(field)]);
    if (changed.length) this.#storage.setItem(this.#key, JSON.stringify(changed));
  }

  #giveBack() {
    const kept = this.#storage.getItem(this.#key);
    if (kept === null) return;
    this.#storage.removeItem(this.#key);
    const values = new Map(JSON.parse(kept));
    const found = this.#fields.filter((field) => values.has(keyOf(field)));
    for (const field of found) {
      const value = values.get(keyOf(field));
      if (CHOICES.has(field.type)) field.checked = value;
      else field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (!found.length) return;
    this.#main.prepend(h("p", { class: "notice", role: "status" }, "What you had written is here again. It has not been sent."));
    found[0].focus();
  }
}

function valueOf(field) {
  return CHOICES.has(field.type) ? field.checked : field.value;
}

function hasChanged(field) {
  if (CHOICES.has(field.type)) return field.checked !== field.defaultChecked;
  if (field instanceof HTMLSelectElement) return [...field.options].some((one) => one.selected !== one.defaultSelected);
  return field.value !== field.defaultValue;
}
