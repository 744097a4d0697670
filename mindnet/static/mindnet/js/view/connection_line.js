/* The line of words that says whether one is connected and complete.

   Its text changes every second while a wait is counted down, so it is no live region itself; a hidden one beside it
   repeats only the changes of state. */

import { clockSeconds } from "../client/time.js";
import { h } from "./dom.js";

const STOPPED = {
  4500: "This page and the server did not understand each other.",
  4501: "Signed out elsewhere.",
  4503: "Disconnected by an administrator.",
  4504: "You have been banned from this place.",
  4509: "Paused here, because you have opened mindnet in many other places.",
  4513: "This page and the server did not understand each other.",
};

export class ConnectionLine {
  #line;
  #spoken;
  #client;
  #room;
  #connected;
  #shownState = "";

  /** With a room, "complete" means this room; without one, that the list of rooms is up to date. `connected` is said in
      place of that where what the page shows is not live. */
  constructor(line, client, room = null, { connected = null } = {}) {
    this.#line = line;
    this.#client = client;
    this.#room = room;
    this.#connected = connected;
    this.#spoken = h("span", { class: "hidden-text", role: "status" });
    line.after(this.#spoken);
    const { connection, rooms, outbox } = client;
    const moments = [[connection, "state"], [connection, "heartbeat"], [rooms, "complete"], [outbox, "changed"]];
    for (const [source, type] of moments) source.on(type, () => this.draw());
    setInterval(() => this.draw(), 1000);
    this.draw();
  }

  /** Says these words from now on in place of "complete". They are not spoken: whoever says so speaks for itself. */
  set connected(words) {
    this.#connected = words;
    this.#shownState = "connected";
    this.draw();
  }

  draw() {
    const { name, key, words, action } = this.#words();
    this.#line.dataset.state = name;
    if (this.#line.textContent !== words + (action?.textContent ?? "")) {
      this.#line.replaceChildren(words, ...(action ? [action] : []));
    }
    if (this.#shownState !== key) {
      if (this.#shownState) this.#spoken.textContent = words;
      this.#shownState = key;
    }
  }

  #words() {
    const { state, lastHeard } = this.#client.connection;
    const tail = this.#waiting();
    if (state.name === "live") return this.#liveWords(clockSeconds(lastHeard), tail);
    if (state.name === "waiting") return this.#waitingWords(state, tail);
    if (state.name === "stopped") return this.#stoppedWords(state);
    return { name: "connecting", key: "connecting", words: `Connecting${tail}` };
  }

  #liveWords(time, tail) {
    const live = (key, words) => ({ name: "live", key, words: words + tail });
    if (this.#connected) return live("connected", this.#connected);
    if (this.#client.me.status === "meditating") return live("quiet", "Live, quiet until the bell");
    if (!this.#room || this.#room.isComplete) return live("live", `Live, complete to ${time}`);
    return { name: "connecting", key: "catching", words: `Live, catching up${tail}` };
  }

  #waitingWords({ retryAt, isRestart }, tail) {
    const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
    const why = navigator.onLine === false ? "You are offline. " : isRestart ? "The server restarts. " : "";
    return { name: "waiting", key: `waiting ${why}`, words: `${why}Reconnecting in ${seconds} s${tail}` };
  }

  #stoppedWords({ code, reason, until }) {
    const known = STOPPED[code] ?? "The server has closed the connection.";
    const told = reason && code >= 4503 && code !== 4509 ? ` ${reason}` : "";
    const end = until ? ` Until ${new Date(until).toLocaleString()}.` : "";
    return { name: "stopped", key: `stopped ${code}`, words: `${known}${told}${end} `, action: this.#action(code) };
  }

  #action(code) {
    if (code === 4501) {
      return h("a", { href: `/accounts/login/?next=${encodeURIComponent(location.pathname)}` }, "Sign in again");
    }
    if (code === 4509) {
      return h("button", { class: "text-button", onclick: () => this.#client.connection.start() }, "Go on here");
    }
    return h("a", { href: location.pathname }, "Load again");
  }

  #waiting() {
    const waiting = this.#client.outbox.waiting;
    return waiting ? `, ${waiting} waiting to be sent` : "";
  }
}
