/* The ways in which files come into the composer: chosen, photographed, spoken, pasted, dropped onto the page.

   What has been chosen stands above the text until it is sent (chosen_files.js, brought with the first of it). A drag of
   text, and one that began on this page, is left alone; so is a paste that has words. On a narrow screen the ways stand
   behind one button. */

import { h, icon } from "./dom.js";
import { most } from "./most.js";

const NOT_NOW = "Files cannot be added without a connection. Try again once there is one.";

export class Attaching {
  #form;
  #tools;
  #box;
  #options;
  #target = h("div", { class: "drop-target", hidden: true }, h("p", {}, icon("attach"), " Drop files here to add them"));
  #chosen = null;
  #isBringing = null;
  #isOwnDrag = false;

  /** `talk` is where files are dropped, `box` where they stand. `options`: {bring() gives the client's files,
      refusal() says in words why there shall be none now, or "", fail(words), draft: {get(), set(text)}}. */
  constructor({ form, talk, box }, options) {
    this.#form = form;
    this.#tools = form.querySelector("[data-attach]");
    this.#box = box;
    this.#options = options;
    talk.append(this.#target);
    this.#takeTools();
    this.#takePastes();
    this.#takeDrops();
    // Somebody is about to write something: what it takes to add a file is here then, also should the link break.
    form.addEventListener("input", () => this.#bring().catch(() => {}), { once: true });
    if (options.draft.get()) this.#restore();
  }

  get isEmpty() {
    return this.#chosen?.isEmpty ?? true;
  }

  /** What is to be sent, and stands above the text no more. A promise: a file may still be on its way into storage. */
  take() {
    return this.isEmpty ? [] : this.#chosen.take();
  }

  /** Files, from wherever. */
  async add(files) {
    const list = [...files];
    const refusal = this.#options.refusal();
    if (!list.length) return;
    if (refusal) return this.#options.fail(refusal);
    const chosen = await this.#bring().catch(() => null);
    if (chosen) chosen.add(list);
    else this.#options.fail(NOT_NOW);
  }

  /** One try at a time; what could not be brought is tried again. */
  #bring() {
    this.#isBringing ??= this.#bringOnce().catch((error) => {
      this.#isBringing = null;
      throw error;
    });
    return this.#isBringing;
  }

  async #bringOnce() {
    const [{ ChosenFiles }, files] = await Promise.all([import("./chosen_files.js"), this.#options.bring()]);
    this.#chosen = new ChosenFiles(this.#box, files, {
      fail: this.#options.fail,
      onChanged: (kept) => this.#options.draft.set(kept.length ? JSON.stringify(kept) : ""),
      onEmptied: () => this.#form.elements.content.focus(),
    });
    return this.#chosen;
  }

  async #restore() {
    const kept = JSON.parse(this.#options.draft.get());
    (await this.#bring().catch(() => null))?.restore(kept);
  }

  #takeTools() {
    this.#toolButton("[data-attach-files]", { multiple: true });
    this.#toolButton("[data-attach-photo]", { accept: "image/*", capture: "environment" });
    const voice = this.#tools.querySelector("[data-attach-voice]");
    voice.hidden = !("MediaRecorder" in window && navigator.mediaDevices);
    voice.addEventListener("click", () => this.#record());
    const more = this.#tools.querySelector("[data-attach-more]");
    more.addEventListener("click", () => this.#open(more.getAttribute("aria-expanded") === "false"));
    document.addEventListener("pointerdown", ({ target }) => !this.#tools.contains(target) && this.#open(false));
    this.#tools.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || more.getAttribute("aria-expanded") === "false") return;
      event.stopPropagation();
      this.#open(false);
      more.focus();
    });
  }

  #open(isOpen) {
    this.#tools.querySelector("[data-attach-more]").setAttribute("aria-expanded", String(isOpen));
  }

  #toolButton(selector, attributes) {
    // Safari forgets an input that is not in the document. Without a name it is no part of the form.
    const input = h("input", { type: "file", hidden: true, tabindex: "-1", ...attributes });
    this.#tools.append(input);
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = "";
      this.#form.elements.content.focus();
    });
    this.#tools.querySelector(selector).addEventListener("click", () => {
      this.#open(false);
      input.click();
    });
  }

  async #record() {
    this.#open(false);
    const recorder = await import("./recorder.js").catch(() => null);
    if (!recorder) return this.#options.fail(NOT_NOW);
    const file = await recorder.record(most.file_bytes);
    if (file) this.add([file]);
    this.#form.elements.content.focus();
  }

  #takePastes() {
    document.addEventListener("paste", (event) => {
      const { clipboardData: pasted, target } = event;
      const isElsewhere = target !== this.#form.elements.content && target.closest?.("input, textarea, dialog");
      // A spreadsheet copies its cells as text and as a picture: the text is meant.
      if (isElsewhere || !pasted?.files.length || pasted.types.includes("text/plain")) return;
      event.preventDefault();
      this.add(pasted.files);
    });
  }

  #takeDrops() {
    document.addEventListener("dragstart", () => (this.#isOwnDrag = true));
    document.addEventListener("dragend", () => (this.#isOwnDrag = false));
    for (const type of ["dragenter", "dragover"]) document.addEventListener(type, (event) => this.#dragged(event));
    document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? (this.#target.hidden = true));
    document.addEventListener("drop", (event) => this.#dropped(event));
  }

  #brings({ dataTransfer }) {
    return !this.#isOwnDrag && dataTransfer?.types.includes("Files") && !document.querySelector("dialog[open]");
  }

  #dragged(event) {
    if (!this.#brings(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    this.#target.hidden = false;
  }

  #dropped(event) {
    this.#target.hidden = true;
    if (!this.#brings(event)) return;
    event.preventDefault();
    // A folder is a file too, as far as the list of files knows; it cannot be read.
    const items = [...event.dataTransfer.items].filter(({ kind }) => kind === "file");
    const files = items.filter((item) => !item.webkitGetAsEntry?.()?.isDirectory).map((item) => item.getAsFile());
    if (files.length < items.length) this.#options.fail("A folder cannot be sent. Choose the files in it.");
    this.add(files);
  }
}
