/* Choosing an emoji: a dialog with a field to look for one by its name, those used lately, and all of them in groups.

   From the field, Enter takes the first that is found and Down goes to the first shown; there arrow keys go from one to
   the next, Enter takes, and a letter leads back into the field. Escape, or a press beside it, puts it away. A tone of
   skin, once chosen, is kept for all emoji that have one. */

import { gridStep, TONES } from "../client/emojis.js";
import { h, icon } from "./dom.js";

const FOUND_MOST = 80;
const GAP_PIXELS = 8;
// Narrower windows have it at their lower edge.
const BESIDE_PIXELS = 640;

/** Opens it beside an element. `onPick(emoji)` once one is taken; the focus is where it was. */
export function openPicker(emojis, anchor, onPick) {
  new Picker(emojis, onPick).open(anchor);
}

class Picker {
  #emojis;
  #onPick;
  #status = h("span", { class: "hidden-text", role: "status" });
  #field = h("input", {
    type: "search", id: "emoji-search", placeholder: "Find an emoji", "aria-label": "Find an emoji", autocomplete: "off",
    autofocus: true, oninput: () => this.#search(),
  });
  #tone = h("select", {
    class: "emoji-tone", "aria-label": "Tone of skin", title: "Tone of skin", onchange: () => this.#setTone(),
  }, TONES.map((tone) => h("option", { value: tone }, `✋${tone}`)));
  #groups = h("nav", { class: "emoji-groups", "aria-label": "Groups of emoji" });
  #grids = h("div", { class: "emoji-grids" });
  #dialog;

  constructor(emojis, onPick) {
    this.#emojis = emojis;
    this.#tone.value = emojis.tone;
    this.#onPick = onPick;
    this.#dialog = h("dialog", { class: "picker", "aria-label": "Emoji" },
      h("div", { class: "picker-head" }, this.#field, this.#tone,
        h("button", { class: "quiet", type: "button", "aria-label": "Close", onclick: () => this.#dialog.close() },
          icon("close"))),
      this.#groups, this.#grids, this.#status);
    this.#dialog.addEventListener("close", () => this.#dialog.remove());
    this.#dialog.addEventListener("pointerdown", (event) => event.target === this.#dialog && this.#dialog.close());
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#grids.addEventListener("click", (event) => this.#pick(event.target.closest("button")?.dataset.emoji));
  }

  open(anchor) {
    const place = anchor.getBoundingClientRect();
    document.body.append(this.#dialog);
    this.#all();
    this.#dialog.showModal();
    if (innerWidth >= BESIDE_PIXELS) this.#stand(place);
  }

  /** Above what it belongs to, or below where there is no place above. */
  #stand(place) {
    const { width, height } = this.#dialog.getBoundingClientRect();
    const above = place.top - height - GAP_PIXELS;
    const top = above >= GAP_PIXELS ? above : Math.min(place.bottom + GAP_PIXELS, innerHeight - height - GAP_PIXELS);
    const left = Math.max(GAP_PIXELS, Math.min(place.right - width, innerWidth - width - GAP_PIXELS));
    Object.assign(this.#dialog.style, { margin: "0", top: `${Math.max(GAP_PIXELS, top)}px`, left: `${left}px` });
  }

  #all() {
    const { groups, emoji } = this.#emojis.list;
    const parts = groups.map((name, index) => ({ name, emoji: emoji.filter(([, , group]) => group === index) }));
    const recent = this.#emojis.recent();
    this.#draw(recent.length ? [{ name: "Used lately", emoji: recent }, ...parts] : parts);
    this.#status.textContent = "";
  }

  #search() {
    const words = this.#field.value.trim();
    if (!words) return this.#all();
    const found = this.#emojis.find(words, FOUND_MOST);
    this.#draw(found.length ? [{ name: "Found", emoji: found }] : []);
    if (!found.length) this.#grids.append(h("p", { class: "empty" }, "No emoji of this name."));
    this.#status.textContent = found.length ? `${found.length} found` : "No emoji of this name.";
  }

  #setTone() {
    this.#emojis.tone = this.#tone.value;
    this.#search();
  }

  #draw(parts) {
    const sections = parts.map(({ name, emoji }) => h("section", { "aria-label": name },
      h("h3", {}, name), h("div", { class: "emoji-grid" }, emoji.map((one) => this.#button(one)))));
    this.#groups.replaceChildren(...parts.map(({ name, emoji }, index) => h("button", {
      type: "button", "aria-label": name, title: name, onclick: () => sections[index].scrollIntoView({ block: "start" }),
    }, this.#emojis.toned(emoji[0][0]))));
    this.#groups.hidden = parts.length < 2;
    this.#grids.replaceChildren(...sections);
    this.#grids.querySelector("button")?.setAttribute("tabindex", "0");
    this.#grids.scrollTop = 0;
  }

  get #buttons() {
    return [...this.#grids.querySelectorAll("button")];
  }

  #key(event) {
    // The composer below has keys of its own.
    event.stopPropagation();
    if (event.isComposing) return;
    const isInField = event.target === this.#field, isInGrid = this.#grids.contains(event.target);
    // In a search field it would only clear what is looked for.
    if (event.key === "Escape") this.#dialog.close();
    else if (isInField && event.key === "ArrowDown") this.#focus(this.#buttons[0]);
    else if (isInField && event.key === "Enter") this.#pick(this.#field.value.trim() && this.#buttons[0]?.dataset.emoji);
    else if (!isInGrid || !this.#step(event)) return;
    event.preventDefault();
  }

  /** Returns whether the key led to another. */
  #step(event) {
    if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.#field.focus(); // where the letter is then written
      return false;
    }
    const grids = [...this.#grids.querySelectorAll(".emoji-grid")], buttons = this.#buttons;
    const columns = getComputedStyle(grids[0]).gridTemplateColumns.split(" ").length;
    const next = gridStep(grids.map((grid) => grid.children.length), columns, buttons.indexOf(event.target), event.key);
    if (next === null) return false;
    if (next < 0) this.#field.focus();
    else this.#focus(buttons[next]);
    return true;
  }

  #focus(button) {
    if (!button) return;
    this.#grids.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    button.setAttribute("tabindex", "0");
    button.focus();
  }

  #pick(emoji) {
    if (!emoji) return;
    this.#emojis.use(emoji);
    this.#dialog.close();
    this.#onPick(this.#emojis.toned(emoji));
  }

  #button([emoji, [name]]) {
    const words = name.replaceAll("_", " ");
    return h("button", { type: "button", tabindex: "-1", "data-emoji": emoji, "aria-label": words, title: words },
      this.#emojis.toned(emoji));
  }
}
