/* How one wants to be seen: online, away, meditating (until when), invisible, with a few words. */

import { CommandError } from "../client/connection.js";
import { untilWords } from "../client/time.js";
import { h } from "./dom.js";
import { most } from "./most.js";

const CHOICES = [
  ["online", "Online", "People see that you are here."],
  ["away", "Away", "Here, but not at the keyboard."],
  ["meditating", "Meditating", "Nothing reaches you until the bell."],
  ["invisible", "Invisible", "You see everything, nobody sees you."],
];
const LENGTHS = [
  ["15", "15 minutes"], ["30", "30 minutes"], ["60", "1 hour"], ["time", "until a time"], ["", "until I end it"],
];

export class StatusControl {
  #client;
  #label;
  #form;
  #error;
  #banner;

  constructor({ box, label, menu, main }, client) {
    this.#client = client;
    this.#label = label;
    this.#banner = h("div", { class: "meditating-banner", role: "status", hidden: true });
    main.prepend(this.#banner);
    this.#error = h("p", { class: "error", role: "alert", hidden: true });
    this.#form = this.#makeForm();
    box.append(this.#form);
    closeLikeAMenu(menu);
    client.on("me", () => this.draw());
    setInterval(() => this.draw(), 5000);
    this.draw();
  }

  draw() {
    const { me } = this.#client;
    // The server ends it, a moment after the time set; what follows it says too.
    if (me.until && Date.parse(me.until) <= this.#client.connection.now()) this.#client.refreshOwn();
    this.#label.textContent = me.status;
    this.#label.dataset.status = me.status;
    // Set elsewhere, or by quiet hours; not under somebody's fingers.
    if (!this.#form.closest("details").open) this.#form.elements.status.value = me.status;
    const isMeditating = me.status === "meditating";
    this.#banner.hidden = !isMeditating;
    const end = me.until ? ` until ${untilWords(me.until)}` : "";
    const words = `You are in deep meditation${end}. What others write is kept for you. `;
    if (isMeditating && this.#banner.firstChild?.textContent !== words) {
      this.#banner.replaceChildren(h("span", {}, words),
        h("button", {
          class: "button small", type: "button", onclick: () => this.#set({ status: "online" }),
        }, "Ring the bell"));
    }
  }

  #makeForm() {
    const { me } = this.#client;
    const length = h("select", { name: "minutes", "aria-label": "How long" },
      LENGTHS.map(([value, words]) => h("option", { value }, words)));
    const time = h("input", {
      type: "time", name: "time", class: "clock", "aria-label": "Until this time", hidden: true,
    });
    const lengthLine = h("div", { class: "status-length row wrap", hidden: me.status !== "meditating" },
      h("label", {}, "For ", length), time);
    const form = h("form", { class: "status-form" },
      h("fieldset", {}, h("legend", {}, "How are you here?"),
        CHOICES.map(([value, name, words]) => h("label", { class: "choice" },
          h("input", { type: "radio", name: "status", value, checked: value === me.status }),
          h("span", {},
            h("strong", {}, h("span", { class: `dot ${value}`, "aria-hidden": "true" }), " ", name),
            h("small", {}, words))))),
      lengthLine,
      h("label", {}, "A few words ",
        h("input", { name: "note", maxlength: most.note, value: me.note, autocomplete: "off" })),
      this.#error,
      h("button", { class: "button small" }, "Set"));
    form.addEventListener("change", () => {
      lengthLine.hidden = form.elements.status.value !== "meditating";
      time.hidden = length.value !== "time";
      time.required = !time.hidden && !lengthLine.hidden;
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    return form;
  }

  #submit() {
    const { status, note, minutes, time } = this.#form.elements;
    const wish = { status: status.value, note: note.value };
    const now = this.#client.connection.now();
    if (status.value === "meditating" && minutes.value) {
      const until = minutes.value === "time" ? nextTime(time.value, now) : now + Number(minutes.value) * 60_000;
      wish.until = new Date(until).toISOString();
    }
    this.#set(wish);
  }

  async #set(wish) {
    this.#error.hidden = true;
    try {
      await this.#client.setPresence(wish);
      this.#form.elements.status.value = wish.status;
      this.#form.closest("details").open = false;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#error.textContent = error.message;
      this.#error.hidden = false;
    }
  }
}

/** When the clock here shows this time of day next. */
export function nextTime(text, now) {
  const [hours, minutes] = text.split(":").map(Number);
  const moment = new Date(now);
  moment.setHours(hours, minutes, 0, 0);
  if (moment <= now) moment.setDate(moment.getDate() + 1);
  return moment.getTime();
}

/** A <details> that closes with Escape and when one goes elsewhere. */
function closeLikeAMenu(menu) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
}
