/* The broadcasts that wait for one's acknowledgement: the bar at the top of every page, and what a room's messages say
   of it. The server draws the same (parts/waiting.html).

   A bar that was there when the page came stands in its place. One that comes later lies over the page, so that nothing
   jumps under who reads. While one meditates nothing is shown. */

import { CommandError } from "../client/connection.js";
import { Emitter } from "../client/emitter.js";
import { parse, plain } from "../client/markup.js";
import { clockTime, fullTime } from "../client/time.js";

// A broadcast reaches all at once, and each asks whether it is to be answered: not in the same moment.
const SPREAD_MS = 1500;
const GONE_MS = 3000;

/* Emits `changed` with ids of messages whose answer has become known. */
export class Waiting extends Emitter {
  /** By a message's id, whether it is acknowledged; a message that asks for nothing is not in here. */
  answers = new Map();
  #box;
  #client;
  #form;
  #list;
  #timer = null;
  #wasQuiet;

  /** `box` as the server drew it; `data`: `waiting`, the messages, and in a room `asked`, answers by id. */
  constructor(box, client, { waiting = [], asked = {} }) {
    super();
    this.#box = box;
    this.#client = client;
    this.#form = box.querySelector("form");
    this.#list = waiting;
    this.#wasQuiet = this.#isQuiet;
    for (const [id, isGiven] of Object.entries(asked)) this.answers.set(Number(id), isGiven);
    for (const { id } of waiting) this.answers.set(id, false);
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    client.connection.on("event", (event) => this.#event(event));
    client.on("me", () => this.#meChanged());
  }

  get #isQuiet() {
    return this.#client.me.status === "meditating";
  }

  /** Without a connection the form goes, as it does without scripts. */
  async acknowledge(id) {
    if (!this.#client.connection.isLive) {
      this.#form.action = address(id);
      this.#form.submit();
      return;
    }
    try {
      await this.#client.request("broadcast.ack", { id });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#refresh();
      return;
    }
    this.answers.set(id, true);
    this.emit("changed", [id]);
    this.#take(this.#list.filter((message) => message.id !== id), { wasAnswered: true });
    this.#soon(); // what else is answered with it, in other rooms
  }

  #submit(event) {
    if (!this.#client.connection.isLive || !this.#list.length) return;
    event.preventDefault();
    this.acknowledge(this.#list[0].id);
  }

  #event({ type, payload }) {
    if (type === "message.created" && payload.message_type === "broadcast") this.#soon();
    if (type === "message.updated" && this.answers.get(payload.id) === false) this.#soon();
    if (type === "broadcast.reminder") this.#refresh();
  }

  #meChanged() {
    const wasQuiet = this.#wasQuiet;
    this.#wasQuiet = this.#isQuiet;
    if (this.#isQuiet) this.#box.hidden = true;
    else if (wasQuiet) this.#refresh();
  }

  #soon() {
    this.#timer ??= setTimeout(() => this.#refresh(), Math.random() * SPREAD_MS);
  }

  async #refresh() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isQuiet) return;
    let list;
    try {
      list = await this.#client.rest.unacknowledged();
    } catch {
      return; // the connection line says that the server is not reached
    }
    const ids = list.map(({ id }) => id).filter((id) => this.answers.get(id) !== false);
    for (const id of ids) this.answers.set(id, false);
    if (ids.length) this.emit("changed", ids);
    this.#take(list, {});
  }

  #take(list, { wasAnswered = false }) {
    const before = this.#list[0]?.id;
    this.#list = list;
    if (!list.length) this.#end(wasAnswered);
    else if (list[0].id !== before || this.#box.hidden) this.#draw();
    else this.#drawMore();
  }

  #draw() {
    const [{ id, room, sender, content, timestamp }] = this.#list;
    const time = this.#part("when");
    if (this.#box.hidden) this.#box.classList.add("over");
    this.#box.hidden = false;
    this.#part("asks").hidden = this.#form.hidden = false;
    this.#part("done").textContent = "";
    this.#part("who").textContent = sender.username;
    time.textContent = clockTime(timestamp);
    time.dateTime = timestamp;
    time.title = fullTime(timestamp);
    this.#part("words").textContent = plain(parse(content)).slice(0, 200);
    this.#part("link").href = `/room/${room}#m${id}`;
    this.#form.action = address(id);
    this.#drawMore();
  }

  #drawMore() {
    const more = this.#list.length - 1;
    this.#part("more").textContent = more ? `and ${more} more` : "";
  }

  /** The last one is answered, here or elsewhere. A bar in its place stays, so that nothing moves. */
  #end(wasAnswered) {
    if (this.#box.hidden) return;
    const hadFocus = this.#box.contains(document.activeElement);
    if (wasAnswered || !this.#part("done").textContent) this.#part("done").textContent = "Acknowledged. Nothing more waits.";
    this.#part("asks").hidden = this.#form.hidden = true;
    if (hadFocus) document.querySelector("#main").focus({ preventScroll: true });
    if (this.#box.classList.contains("over")) {
      setTimeout(() => { if (!this.#list.length) this.#box.hidden = true; }, GONE_MS);
    }
  }

  #part(name) {
    return this.#box.querySelector(`[data-waiting-${name}]`);
  }
}

const address = (id) => `/broadcasts/${id}/acknowledge`;
