/* Recording a voice message: one speaks, listens to it, and takes it or not.

     const file = await record();      // a File, or null when there is to be none

   While it records, how loud it is is shown, and said in words for who does not see it. Before the longest is reached it
   is counted down. Escape stops first; what was recorded is discarded by a second one. */

import { durationWords } from "../client/attachments.js";
import { h, icon } from "./dom.js";
import { Microphone, refusalWords, suffixOf } from "./microphone.js";

const MOST_BYTES = 10 * 1024 * 1024;
const DRAW_MS = 100, CALM_DRAW_MS = 1000;
// From so few seconds left on they are counted down, and these are said aloud.
const WARN_SECONDS = 30;
const SAID_SECONDS = new Set([30, 10]);
// So loud is a voice; and a pause between two sentences is shorter.
const HEARD = 0.25, PAUSE_SECONDS = 4;

/** `mostBytes`: what a file may have. */
export function record(mostBytes = MOST_BYTES) {
  return new Promise((resolve) => new Recorder(mostBytes, resolve).begin());
}

class Recorder {
  #mostBytes;
  #microphone = null;
  #file = null;
  #address = null;
  #drawing = 0;
  #heardAt = null;
  #time = h("p", { class: "recorder-time", role: "timer", "aria-live": "off" }, "0:00");
  #level = h("div", { class: "level", "aria-hidden": "true" }, h("span", {}));
  #status = h("p", { class: "recorder-status", role: "status" });
  #body = h("div", { class: "recorder-body" });
  #dialog = h("dialog", { class: "card dialog recorder", "aria-labelledby": "recorder-title" },
    h("h2", { id: "recorder-title" }, icon("microphone"), " Voice message"), this.#body, this.#status);

  constructor(mostBytes, resolve) {
    this.#mostBytes = mostBytes;
    this.#dialog.addEventListener("cancel", (event) => {
      if (!this.#isRecording) return;
      event.preventDefault();
      this.#microphone.stop();
    });
    this.#dialog.addEventListener("close", () => {
      this.#silence();
      URL.revokeObjectURL(this.#address);
      this.#dialog.remove();
      resolve(this.#dialog.returnValue === "take" ? this.#file : null);
    });
    document.body.append(this.#dialog);
    this.#dialog.showModal();
  }

  get #isRecording() {
    return this.#drawing !== 0;
  }

  async begin() {
    URL.revokeObjectURL(this.#address);
    this.#file = null;
    this.#say("Your browser asks whether it may use the microphone.");
    this.#show([], this.#button("Cancel", () => this.#dialog.close("")));
    try {
      const microphone = await Microphone.open();
      if (this.#dialog.open) this.#record(microphone);
      else microphone.close();
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      this.#refused(error);
    }
  }

  #refused(error) {
    this.#say("");
    this.#show([h("p", { class: "error", role: "alert" }, refusalWords(error))],
      this.#button("Try again", () => this.begin()), this.#button("Close", () => this.#dialog.close(""), "ghost"));
  }

  #record(microphone) {
    this.#microphone = microphone;
    microphone.start({ mostBytes: this.#mostBytes, onEnd: (blob) => this.#ended(blob) });
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#drawing = setInterval(() => this.#draw(), isCalm ? CALM_DRAW_MS : DRAW_MS);
    this.#heardAt = null;
    this.#time.textContent = "0:00";
    this.#say("Recording.");
    this.#show([this.#time, this.#level], this.#button("Stop", () => microphone.stop()),
      this.#button("Discard", () => this.#dialog.close(""), "ghost"));
  }

  #draw() {
    const { level, seconds, secondsLeft } = this.#microphone;
    const isEnding = secondsLeft <= WARN_SECONDS;
    this.#level.firstChild.style.setProperty("--level", level.toFixed(3));
    this.#time.textContent = isEnding ? `${durationWords(seconds)}, ${secondsLeft} s left` : durationWords(seconds);
    this.#time.classList.toggle("ending", isEnding);
    if (level >= HEARD) this.#heardAt = seconds;
    if (SAID_SECONDS.has(secondsLeft)) this.#say(`${secondsLeft} seconds left.`);
    else if (!isEnding) this.#say(this.#heardWords(seconds));
  }

  #heardWords(seconds) {
    if (seconds - (this.#heardAt ?? 0) >= PAUSE_SECONDS) return "Recording: it is silent.";
    return this.#heardAt === null ? "Recording." : "Recording: you are heard.";
  }

  #ended(blob) {
    if (!this.#dialog.open) return;
    const length = this.#microphone.seconds;
    this.#silence();
    this.#file = new File([blob], `Voice message ${clock(new Date())}.${suffixOf(blob)}`, { type: blob.type });
    this.#address = URL.createObjectURL(this.#file);
    this.#say(`Recorded: ${durationWords(length)}.`);
    this.#show([h("audio", { controls: true, src: this.#address, "aria-label": "What you have recorded" })],
      this.#button("Take it", () => this.#dialog.close("take")),
      this.#button("Record again", () => this.begin(), "ghost"),
      this.#button("Discard", () => this.#dialog.close(""), "ghost"));
  }

  #silence() {
    clearInterval(this.#drawing);
    this.#drawing = 0;
    this.#microphone?.close();
    this.#microphone = null;
  }

  #button(words, onclick, more = "") {
    return h("button", { class: `button ${more}`.trim(), type: "button", onclick }, words);
  }

  /** What one most likely wants next comes first, and has the focus. */
  #show(parts, ...buttons) {
    this.#body.replaceChildren(...parts, h("div", { class: "actions" }, buttons));
    buttons[0].focus();
  }

  #say(words) {
    if (this.#status.textContent !== words) this.#status.textContent = words;
  }
}

/** The time of day for a name, the same everywhere: 14:02. */
function clock(date) {
  return [date.getHours(), date.getMinutes()].map((number) => String(number).padStart(2, "0")).join(":");
}
