/* The bar of a meditation room: begins a session, says where it is, opens the calm view, keeps the composer quiet. */

import { CommandError } from "../client/connection.js";
import { RoomSession } from "../client/session.js";
import { clockTime } from "../client/time.js";
import { lengthWords, parseRhythm } from "../client/timeline.js";
import { Bell } from "./bell.js";
import { CalmView } from "./calm.js";
import { bdi, find, h, icon } from "./dom.js";

const KIND_WORDS = { bell: "Bell", prompt: "Listening", breath: "Breathing", silence: "Silence", sharing: "Sharing" };

const PLAN_EVERY_MS = 30_000;

export class SessionPanel {
  #page;
  #session;
  #view;
  #bar = find("[data-session-bar]");
  #bell;
  #position = null;
  #plannedAt = 0;
  #lockedWith = null;
  #isBusy = false;
  #isOver = false;
  #timer;

  constructor(page) {
    this.#page = page;
    this.#bell = new Bell(page.client.storage);
    this.#session = new RoomSession(page.client, page.room.id);
    this.#view = new CalmView({
      session: this.#session, bell: this.#bell, client: page.client, room: page.room, onSound: () => this.#planBells(),
    });
    page.on("entered", ({ session }) => this.#entered(session));
    this.#session.on("changed", () => this.#isOver || this.#draw());
    this.#session.on("over", (ended) => this.#over(ended));
    this.#bar.addEventListener("submit", (event) => this.#submit(event));
    page.on("removed", () => this.#removed());
    page.client.rooms.on("entries", () => this.#isOver || this.#draw());
    this.#timer = setInterval(() => this.#tick(), 250);
  }

  get #mayModerate() {
    const role = this.#page.client.rooms.entries.get(this.#page.room.id)?.role;
    return role === "owner" || role === "moderator";
  }

  /** Come in, or come back: who sits with the view open and was away for too long, only the link was, sits on. */
  async #entered(session) {
    await this.#session.entered(session);
    if (this.#view.isOpen && this.#session.session && !this.#session.isSitting) this.#do(() => this.#session.sit());
  }

  /** Whoever is out of the room is out of its session too. */
  #removed() {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#bell.plan([]);
    if (this.#view.isOpen) this.#view.close({ sat: false });
    document.body.classList.remove("sitting");
    this.#bar.hidden = true;
  }

  // The forms work without scripts too; with them nothing is loaded anew.

  #submit(event) {
    const { target: form } = event;
    event.preventDefault();
    if (form.matches("[data-begin]")) this.#do(() => this.#session.start(Number(form.elements.guide.value)));
    else if (window.confirm("End the session for everyone?")) this.#do(() => this.#session.end());
  }

  async #do(act) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const error = find("[data-session-error]");
    error.hidden = true;
    try {
      await act();
    } catch (refusal) {
      if (!(refusal instanceof CommandError)) throw refusal;
      error.textContent = refusal.message;
      error.hidden = false;
    } finally {
      this.#isBusy = false;
    }
  }

  async #sitDown() {
    this.#bell.prepare().then(() => this.#planBells());
    await this.#do(() => this.#session.sit());
    if (this.#session.isSitting) this.#view.open();
  }

  #return() {
    this.#bell.prepare().then(() => this.#planBells());
    this.#view.open();
  }

  /** Who sits hears the bells that are still to come. Planned anew from time to time, as the clock is known better. */
  #planBells() {
    this.#plannedAt = Date.now();
    const { timeline, isSitting } = this.#session;
    const position = this.#session.at()?.position ?? 0;
    const bells = timeline && isSitting ? timeline.bells(position, Infinity) : [];
    this.#bell.plan(bells.map(({ at }) => at - position));
  }

  // Drawing

  #draw() {
    const { session, circle, isSitting } = this.#session;
    document.body.classList.toggle("sitting", isSitting);
    find("[data-session-idle]").hidden = Boolean(session);
    find("[data-session-running]").hidden = !session;
    if (session) {
      find("[data-session-name]").replaceChildren(bdi(circle?.name ?? "A session"));
      this.#drawActions();
    } else {
      const begin = find("[data-session-begin]");
      if (begin) begin.open = false;
    }
    this.#view.draw();
    this.#planBells();
    this.#tick();
  }

  #drawActions() {
    const { isSitting, circle, mayLead } = this.#session;
    const end = find("[data-session-end-form]");
    if (end) end.hidden = !(this.#mayModerate || mayLead);
    const others = circle ? circle.sitting - (isSitting ? 1 : 0) : 0;
    const company = others > 0 ? `${others} ${isSitting ? "more " : ""}sitting` : isSitting ? "You are sitting" : "";
    find("[data-session-company]").textContent = company ? ` · ${company}` : "";
    const box = find("[data-session-actions]");
    const key = `${isSitting}`;
    // Redrawn only when something else can be done: a button under somebody's finger stays.
    if (box.dataset.drawn === key) return;
    box.dataset.drawn = key;
    box.replaceChildren(...(isSitting ? [
      this.#button("Return", () => this.#return(), ""),
      this.#button("Rise", () => this.#do(() => this.#session.rise()), "ghost"),
    ] : [this.#button("Sit down", () => this.#sitDown(), "")]));
  }

  #button(words, onclick, look) {
    return h("button", { class: `button small ${look}`, type: "button", onclick }, words);
  }

  #tick() {
    const moment = this.#session.at();
    this.#keepQuiet(moment);
    if (!moment) {
      this.#position = null;
      return;
    }
    this.#showBells(moment.position);
    if (Date.now() - this.#plannedAt > PLAN_EVERY_MS) this.#planBells();
    find("[data-session-step]").replaceChildren(...stepWords(moment));
    find("[data-session-left]").textContent = `${lengthWords(moment.total)} left`;
    this.#view.tick();
  }

  /** Bells that have come since the last look are seen too. */
  #showBells(position) {
    const before = this.#position;
    this.#position = position;
    if (before !== null && this.#session.timeline.bells(before, position).length) this.#view.rung();
  }

  #keepQuiet(moment) {
    const words = this.#quietWords(moment);
    if (words === this.#lockedWith) return;
    this.#lockedWith = words;
    this.#page.composer?.lock(words);
    this.#page.composer?.fail("");
  }

  #quietWords(moment) {
    const kind = moment?.step?.kind;
    if (kind === "silence") return `Silence until ${clockTime(this.#session.timeline.silentUntil(moment.index))}`;
    if (kind === "sharing" && !this.#session.holdsPiece) return "Ask for the talking piece to speak";
    return null;
  }

  #over(ended) {
    this.#draw();
    this.#view.close(ended);
  }
}

function stepWords({ step, next, left }) {
  if (!step) return [next ? `Next in ${lengthWords(left)}` : "Ending"];
  const { words } = parseRhythm(step.text);
  return [
    icon(step.kind === "silence" ? "moon" : "meditation"), ` ${KIND_WORDS[step.kind]}`,
    ...(words ? [": ", bdi(words)] : []),
  ];
}
