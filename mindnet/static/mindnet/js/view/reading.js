/* Reading in the open room: what counts as read, older messages when one scrolls up, the way back to the newest, and
   moving from message to message with the keyboard. */

import { batched, find, h } from "./dom.js";

const PAGE = 50;
// A page that has just come is drawn by then.
const DRAWN_MS = 200;

export class Reading {
  #client;
  #room;
  #list;
  #isJoined;
  #hasOlder;
  #isLoadingOlder = false;
  #older = find("[data-older]");
  #jump = find("[data-jump]");

  constructor({ client, room, list, scroller, isJoined, hasOlder, onJump }) {
    this.#client = client;
    this.#room = room;
    this.#list = list;
    this.#isJoined = isJoined;
    this.#hasOlder = hasOlder;
    this.#listen(scroller);
    this.#jump.addEventListener("click", () => {
      list.toEnd();
      onJump();
    });
  }

  /** Whether what arrives now is seen as it comes. */
  get isWatching() {
    return document.visibilityState === "visible" && this.#list.isAtEnd;
  }

  isUnread(seq) {
    const entry = this.#client.rooms.entries.get(this.#room.id);
    return entry ? seq > entry.read_seq : false;
  }

  /** Other messages are held than before: what lies above them can be asked for again. */
  reset() {
    this.#hasOlder = this.#room.first > 1;
    this.#list.reset();
  }

  /** Something new lies below what is in sight. */
  missed() {
    this.#showJump(true);
  }

  /** Read is what is in sight of somebody who is here; at the end, everything up to the newest change. */
  seen() {
    if (!this.#isJoined || document.visibilityState !== "visible" || !document.hasFocus()) return;
    // Everything is read already: then scrolling costs no measuring.
    if (this.#client.rooms.entries.get(this.#room.id)?.read_seq >= this.#room.head) return;
    const seq = this.#list.isAtEnd && this.#room.isComplete ? this.#room.head : this.#list.lastSeen();
    if (!seq) return;
    this.#client.receipts.read(this.#room.id, seq);
    this.#client.rooms.markRead(this.#room.id, seq);
  }

  scrolled() {
    if (this.#list.isAtEnd) this.#showJump(false);
    this.seen();
    if (this.#list.isAtStart && this.#hasOlder) this.#loadOlder();
  }

  #listen(scroller) {
    scroller.addEventListener("scroll", batched(() => this.scrolled()), { passive: true });
    scroller.addEventListener("keydown", (event) => this.#keydown(event));
    document.addEventListener("visibilitychange", () => this.seen());
    window.addEventListener("focus", () => this.seen());
    this.#older?.querySelector("a")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.#loadOlder();
    });
  }

  #showJump(isShown) {
    this.#jump.hidden = !isShown;
  }

  async #loadOlder() {
    if (this.#isLoadingOlder || !this.#hasOlder) return;
    this.#isLoadingOlder = true;
    this.#older.dataset.busy = "true";
    let hasCome = false;
    try {
      const count = await this.#client.rooms.loadOlder(this.#room, PAGE);
      hasCome = true;
      this.#hasOlder = count === PAGE && this.#room.first > 1;
      if (!this.#hasOlder) this.#older.replaceChildren(h("span", { class: "muted" }, "Here it began."));
    } catch {
      this.#offerAgain();
    } finally {
      delete this.#older.dataset.busy;
      // Who has scrolled on meanwhile gets the next page; after an error the button above asks again.
      setTimeout(() => {
        this.#isLoadingOlder = false;
        if (hasCome) this.scrolled();
      }, DRAWN_MS);
    }
  }

  #offerAgain() {
    this.#older.replaceChildren(h("button", {
      class: "button small ghost", type: "button", onclick: () => this.#loadOlder(),
    }, "Older messages did not come. Try again"));
  }

  #keydown(event) {
    const current = document.activeElement.closest?.(".message");
    if (event.target.closest(".message-menu") || !["ArrowUp", "ArrowDown", "Enter"].includes(event.key)) return;
    if (event.key === "Enter") {
      if (event.target !== current) return;
      current.querySelector(".more")?.click();
    } else if (!this.#step(current, event.key === "ArrowDown" ? 1 : -1)) return;
    event.preventDefault();
  }

  /** To the message above or below; up from nowhere is the newest. Returns whether there was one. */
  #step(current, step) {
    const all = [...find("[data-log]").querySelectorAll(".message[data-id]")];
    const next = current ? all[all.indexOf(current) + step] : step < 0 ? all.at(-1) : null;
    if (!next) return false;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
}
