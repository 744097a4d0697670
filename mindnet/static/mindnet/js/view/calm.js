/* The guided session over the room: one slow shape that breathes with the step, the words, the time left, silence.

   A modal dialog: the browser keeps the focus in it, makes the room behind it inert, closes it with Escape and gives
   the focus back. Who has asked for less motion sees the words alone move on. */

import { CommandError } from "../client/connection.js";
import { breathAt, lengthWords, parseRhythm, PHASE_WORDS, satWords } from "../client/timeline.js";
import { WakeLock } from "./wake_lock.js";
import { bdi, h, icon } from "./dom.js";
import { Round } from "./round.js";

const STILL = matchMedia("(prefers-reduced-motion: reduce)");
// Where nobody is asked to breathe in a rhythm, the shape does so by itself.
const RESTING = [["in", 5], ["out", 7]];
const RING_MS = 2500;

export class CalmView {
  #session;
  #bell;
  #client;
  #dialog;
  #parts = {};
  #round;
  #frame = 0;
  #shownStep = null;
  #ringTimer = 0;
  #screen = new WakeLock();
  #onSound;

  constructor({ session, bell, client, room, onSound }) {
    this.#session = session;
    this.#bell = bell;
    this.#onSound = onSound;
    this.#client = client;
    this.#round = new Round({ session, client, room, act: (work) => this.#act(work) });
    this.#make();
  }

  get isOpen() {
    return this.#dialog.open;
  }

  open() {
    if (this.isOpen) return;
    this.#showSession(true);
    this.#shownStep = null;
    this.#dialog.showModal();
    this.#screen.on();
    this.#parts.back.focus();
    this.tick();
    this.#animate();
  }

  /** The session is over: those who sat see who sat with them. */
  async close(ended) {
    if (!this.isOpen || !ended.sat) return this.#dialog.close();
    cancelAnimationFrame(this.#frame);
    this.#showSession(false);
    this.#parts.end.replaceChildren(h("h2", { tabindex: "-1" }, "The session has ended"));
    this.#parts.end.firstChild.focus();
    try {
      this.#drawEnd(await this.#session.sitters(ended.id));
    } catch {
      this.#drawEnd([]);
    }
  }

  #make() {
    const p = this.#parts;
    p.name = h("p", { class: "calm-name", id: "calm-name" });
    p.sound = h("button", { class: "quiet", type: "button", onclick: () => this.#toggleSound() });
    p.back = h("button", { class: "quiet", type: "button", onclick: () => this.#dialog.close() },
      icon("close"), h("span", {}, "To the room"));
    p.phase = h("span", { class: "calm-phase", "aria-hidden": "true" });
    p.shape = h("div", { class: "calm-shape" },
      h("span", { "aria-hidden": "true" }), h("span", { "aria-hidden": "true" }), h("span", { "aria-hidden": "true" }));
    p.words = h("p", { class: "calm-words", role: "status", dir: "auto" });
    p.left = h("p", { class: "calm-left" });
    p.progress = h("div", { class: "calm-progress", "aria-hidden": "true" }, h("span", {}));
    p.error = h("p", { class: "error", role: "alert", hidden: true });
    p.rise = h("button", { class: "button ghost", type: "button", onclick: () => this.#rise() }, "Rise");
    p.stage = h("div", { class: "calm-stage" }, h("div", { class: "calm-place" }, p.shape, p.phase), p.words, p.left);
    p.end = h("div", { class: "calm-end", hidden: true });
    this.#dialog = h("dialog", { class: "calm", "aria-labelledby": "calm-name", "data-calm": true },
      h("div", { class: "calm-head" }, p.name, h("div", { class: "calm-tools" }, p.sound, p.back)),
      p.stage, this.#round.element, p.end, p.error, h("div", { class: "calm-foot" }, p.rise, p.progress));
    this.#dialog.addEventListener("close", () => {
      cancelAnimationFrame(this.#frame);
      this.#screen.off();
    });
    this.#drawSound();
    document.body.append(this.#dialog);
  }

  #showSession(isRunning) {
    const { stage, end, rise, progress, sound } = this.#parts;
    for (const part of [stage, rise, progress, sound]) part.hidden = !isRunning;
    end.hidden = isRunning;
    this.#round.element.hidden = true;
    delete this.#dialog.dataset.kind;
  }

  // Drawing

  draw() {
    const { circle } = this.#session;
    if (circle) this.#parts.name.replaceChildren(bdi(circle.name));
    this.#round.draw();
  }

  /** A few times a second: what changes with the second. */
  tick() {
    if (!this.isOpen) return;
    const moment = this.#session.at();
    if (!moment) return;
    if (this.#shownStep !== moment.index) this.#showStep(moment);
    const { step, left, total } = moment;
    const toTheEnd = total - left > 1 ? ` · ${lengthWords(total)} to the end` : "";
    this.#text(this.#parts.left, step || moment.next ? lengthWords(left) + toTheEnd : "");
    this.#text(this.#parts.phase, this.#phaseWords(moment));
    const share = Math.min(1, Math.max(0, moment.position / this.#session.timeline.length));
    this.#parts.progress.firstChild.style.setProperty("--share", share.toFixed(4));
    if (STILL.matches) this.#shape(0.6);
  }

  #showStep(moment) {
    const { step, index, position } = moment;
    this.#shownStep = index;
    this.#dialog.dataset.kind = step?.kind ?? "pause";
    this.#text(this.#parts.words, step ? this.#wordsOf(step) : "");
    this.#round.show(step?.kind === "sharing" ? this.#session.timeline.startOf(index) : null);
    // Back from meditating: in a sharing round people hear each other.
    if (step?.kind === "sharing" && this.#client.me.status === "meditating" && this.#isMine()) {
      this.#client.refreshOwn();
    }
    this.#dialog.dispatchEvent(new CustomEvent("calm-step", { bubbles: true, detail: { index, position } }));
  }

  /** Whether one meditates for this session, and not longer by one's own choice. */
  #isMine() {
    const { until } = this.#client.me;
    return Boolean(until) && Date.parse(until) <= this.#client.connection.now() + 1000;
  }

  #wordsOf(step) {
    const { words } = parseRhythm(step.text);
    return words || { silence: "Silence", sharing: "The circle is open", breath: "Breathe" }[step.kind] || "";
  }

  #phaseWords({ step, passed }) {
    if (step?.kind !== "breath") return "";
    const { phase, left } = breathAt(parseRhythm(step.text).phases, passed);
    return `${PHASE_WORDS[phase]} ${Math.max(1, Math.ceil(left))}`;
  }

  #text(element, words) {
    if (element.textContent !== words) element.textContent = words;
  }

  #animate() {
    cancelAnimationFrame(this.#frame);
    if (!this.isOpen || STILL.matches) return;
    const moment = this.#session.at();
    if (moment) {
      const { step, passed, position } = moment;
      const isBreath = step?.kind === "breath";
      const { fill } = breathAt(isBreath ? parseRhythm(step.text).phases : RESTING, isBreath ? passed : position);
      this.#shape(isBreath ? fill : 0.35 + 0.3 * fill);
    }
    this.#frame = requestAnimationFrame(() => this.#animate());
  }

  #shape(fill) {
    this.#parts.shape.style.setProperty("--fill", fill.toFixed(4));
  }

  /** A bell has been rung: seen too, by who does not hear it. */
  rung() {
    if (!this.isOpen) return;
    this.#parts.shape.classList.remove("rung");
    // Reading the width makes the browser begin the animation anew.
    void this.#parts.shape.offsetWidth;
    this.#parts.shape.classList.add("rung");
    clearTimeout(this.#ringTimer);
    this.#ringTimer = setTimeout(() => this.#parts.shape.classList.remove("rung"), RING_MS);
  }

  #drawEnd(sitters) {
    const mine = sitters.find(({ psychic }) => psychic.id === this.#client.me.id);
    const others = sitters.filter((one) => one !== mine);
    const items = others.map(({ psychic, seconds }) => h("li", {}, bdi(psychic.username), ` ${satWords(seconds)}`));
    this.#parts.end.append(
      mine ? h("p", { class: "calm-words" }, `You sat for ${satWords(mine.seconds)}.`) : "",
      h("p", { class: "muted" }, others.length ? "With you sat" : "You sat alone this time."),
      others.length ? h("ul", { class: "calm-sitters" }, items) : "",
      h("button", { class: "button", type: "button", onclick: () => this.#dialog.close() }, "Back to the room"));
  }

  // Doing

  async #toggleSound() {
    this.#bell.isOn = !this.#bell.isOn;
    this.#drawSound();
    if (this.#bell.isOn) {
      await this.#bell.prepare();
      this.#bell.ring();
    }
    this.#onSound();
  }

  #drawSound() {
    const isOn = this.#bell.isOn;
    this.#parts.sound.setAttribute("aria-pressed", String(isOn));
    this.#parts.sound.replaceChildren(icon(isOn ? "bell" : "bell-off"), h("span", {}, "Bell"));
    this.#parts.sound.title = isOn ? "The bell sounds" : "The bell is silent";
  }

  async #rise() {
    if (await this.#act(() => this.#session.rise())) this.#dialog.close();
  }

  /** Carries something out; what is refused is said. */
  async #act(work) {
    const { error } = this.#parts;
    error.hidden = true;
    try {
      await work();
      return true;
    } catch (refusal) {
      if (!(refusal instanceof CommandError)) throw refusal;
      error.textContent = refusal.message;
      error.hidden = false;
      return false;
    }
  }
}
