/* Where one writes: a new message, a reply, or the correction of one's own.

   The draft is kept through reloads. Enter sends, Shift+Enter makes a new line (on a touch keyboard, and in a block of
   code, Enter makes the new line and the button sends), Up in an empty composer edits one's last message, Escape takes back reply or edit. */

import { CommandError } from "../client/connection.js";
import { codePoints, snippet } from "../client/text.js";
import { untilWords } from "../client/time.js";
import { bdi, h, icon } from "./dom.js";
import { most } from "./most.js";

// From so few left on they are counted down.
const WARN_LEFT = 200;
const HIGHEST_PIXELS = 220;
// With Ctrl, or Cmd: bold, slanted, code, a link, and with Shift struck out.
const MARK_KEYS = ["b", "i", "e", "k", "X"];

export class Composer {
  #form;
  #input;
  #context;
  #error;
  #held;
  #options;
  #placeholder = null;
  /** The module of marks and code, once it was needed. */
  #formatting = null;
  #mode = null; // null, {reply: message} or {edit: message}

  /** `options`: {draft, readDraft(), onDraft(text), onSend({content, reply_to, files, urgent, urgent_reason}),
      onEdit(message, content), onTyping(isOn), lastOwn(), attaching}. */
  constructor({ form, context, error, held }, options) {
    this.#form = form;
    this.#input = form.elements.content;
    this.#context = context;
    this.#error = error;
    this.#held = held;
    this.#options = options;
    if (options.draft && !this.#input.value) this.#input.value = options.draft;
    this.#input.required = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("keydown", (event) => this.#keydown(event));
    this.#input.enterKeyHint = isTouch() ? "enter" : "send";
    this.#fit();
  }

  /** What would be lost with the composer: the text in it, or the draft behind a correction not begun. */
  get unsent() {
    const { value } = this.#input;
    return value === this.#mode?.edit?.content ? this.#options.readDraft() : value;
  }

  get isEditing() {
    return Boolean(this.#mode?.edit);
  }

  /** Puts files, of a FileList or an array, to what is to be sent. */
  addFiles(files) {
    return this.#options.attaching.add(files);
  }

  focus() {
    this.#input.focus({ preventScroll: true });
  }

  reply(message) {
    this.#setMode({ reply: message });
    this.focus();
  }

  edit(message) {
    if (!this.#mode?.edit) this.#options.onDraft(this.#input.value);
    this.#setMode({ edit: message });
    this.#setText(message.content);
    this.focus();
  }

  /** Keeps one from writing for a while, and says why; null lets one write again. What was written stays. */
  lock(words) {
    this.#input.readOnly = Boolean(words);
    this.#placeholder ??= this.#input.placeholder;
    this.#input.placeholder = words || this.#placeholder;
    this.#form.classList.toggle("locked", Boolean(words));
  }

  fail(words) {
    this.#error.textContent = words;
    this.#error.hidden = !words;
  }

  /** Who will not hear it before the bell: said before sending. */
  setMeditating(psychics, count = psychics.length) {
    this.#held.hidden = !count;
    const words = psychics.length ? meditatingWords(psychics)
      : [`${count} people here are meditating. It waits for their bell.`];
    // Redrawn only when it changes: somebody may be about to press the button.
    const key = words.map((part) => part.textContent ?? part).join("");
    if (this.#held.dataset.words === key) return;
    this.#held.dataset.words = key;
    this.#held.replaceChildren(h("p", {}, icon("meditation"), " ", words),
      h("button", { class: "text-button", type: "button", onclick: () => this.#submitUrgent() }, "It cannot wait"));
  }

  async #submitUrgent() {
    if (this.#mode?.edit) return this.fail("Finish the correction first.");
    if (!this.#input.value.trim()) {
      this.focus();
      return this.fail("First write what cannot wait.");
    }
    const { askWhyUrgent } = await import("./urgent_dialog.js");
    const reason = await askWhyUrgent();
    if (reason !== null) this.#submit({ urgent: true, urgent_reason: reason });
    else this.focus();
  }

  #setMode(mode) {
    this.#mode = mode;
    this.#context.hidden = !mode;
    this.fail("");
    if (!mode) return this.#context.replaceChildren();
    const message = mode.reply ?? mode.edit;
    this.#context.replaceChildren(
      icon(mode.reply ? "reply" : "edit"),
      h("p", {}, mode.reply ? ["Reply to ", bdi(message.sender.username), ": "] : "Editing: ", bdi(snippet(message))),
      h("button", {
        class: "quiet", type: "button", "aria-label": mode.reply ? "Do not reply" : "Do not edit",
        onclick: () => this.#cancel(),
      }, icon("close")));
  }

  /** Of these messages, which have changed: one that is gone is not answered or corrected, and its words go from here. */
  leave(messages) {
    const about = this.#mode?.reply ?? this.#mode?.edit;
    if (about && messages.some(({ id, deleted }) => deleted && id === about.id)) this.#cancel();
  }

  #cancel() {
    const wasEdit = this.#mode?.edit;
    this.#setMode(null);
    if (wasEdit) this.#setText(this.#options.readDraft());
    this.focus();
  }

  #setText(text) {
    this.#input.value = text;
    this.#fit();
    this.#count();
  }

  #changed() {
    this.#fit();
    this.#count();
    if (this.#input.value.includes("```")) this.#bringFormatting();
    if (this.#mode?.edit) return;
    this.#options.onDraft(this.#input.value);
    this.#options.onTyping(Boolean(this.#input.value.trim()));
  }

  #count() {
    const length = codePoints(this.#input.value);
    if (length <= most.message - WARN_LEFT) this.fail("");
    else if (length <= most.message) this.fail(`${most.message - length} characters left.`);
    else this.fail(`${length - most.message} characters too many for one message.`);
  }

  /** As high as the text, up to a limit. Browsers with field-sizing do it by themselves. */
  #fit() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#input.style.height = "auto";
    this.#input.style.height = `${Math.min(this.#input.scrollHeight + 2, HIGHEST_PIXELS)}px`;
  }

  #keydown(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (this.#format(event)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey && !isTouch() && !this.#isInCode()) this.#submit();
    else if (event.key === "Escape" && this.#mode) this.#cancel();
    else if (event.key !== "ArrowUp" || !this.#editLast()) return;
    event.preventDefault();
  }

  async #bringFormatting() {
    this.#formatting ??= await import("./formatting.js").catch(() => null);
    return this.#formatting;
  }

  /** Whether the key was one that puts marks around words. */
  #format(event) {
    const { ctrlKey, metaKey, altKey, shiftKey, key } = event;
    const wanted = shiftKey ? key.toUpperCase() : key.toLowerCase();
    if (ctrlKey === metaKey || altKey || this.#input.readOnly || !MARK_KEYS.includes(wanted)) return false;
    this.#bringFormatting().then((formatting) => formatting?.format(this.#input, wanted));
    return true;
  }

  /** In a block of code that is not closed yet Enter is a new line. */
  #isInCode() {
    return this.#formatting?.isInCode(this.#input.value.slice(0, this.#input.selectionStart));
  }

  #editLast() {
    const last = this.#input.value || this.#mode ? null : this.#options.lastOwn();
    if (last) this.edit(last);
    return last;
  }

  #submit(urgency = {}) {
    const content = this.#input.value.trim() ? this.#input.value : "";
    if (this.#input.readOnly) return this.fail(this.#input.placeholder);
    const isEmpty = !content && (this.isEditing || this.#options.attaching.isEmpty);
    if (isEmpty || codePoints(content) > most.message) return this.focus();
    if (this.#mode?.edit) return this.#submitEdit(this.#mode.edit, content);
    const files = this.#options.attaching.take();
    this.#options.onSend({ content, reply_to: this.#mode?.reply?.id ?? null, files, ...urgency });
    this.#options.onDraft("");
    this.#options.onTyping(false);
    this.#setMode(null);
    this.#setText("");
    this.focus();
  }

  async #submitEdit(message, content) {
    if (content === message.content) return this.#cancel();
    try {
      await this.#options.onEdit(message, content);
      // Meanwhile they may have begun something else.
      if (this.#mode?.edit === message) this.#cancel();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.fail(error.message);
    }
  }
}

function isTouch() {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}

function meditatingWords(psychics) {
  const [first, ...rest] = psychics;
  const until = first.until ? ` until ${untilWords(first.until)}` : "";
  if (!rest.length) return [bdi(first.username), ` is meditating${until}. Your message waits for the bell.`];
  return [bdi(first.username), ` and ${rest.length} more are meditating. Your message waits for their bell.`];
}
