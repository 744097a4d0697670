/* Reading in the open room: what counts as read, what is new above and below the window, more messages when one scrolls,
   and moving from message to message with the keyboard.

   Read is what was in sight for a moment of somebody who is here, and as one number says it, what is read goes on
   without a hole: whoever jumps to the end has not read what was jumped over.

   A marker "unread from here" that is set while the page is looked at, here or on another device, stands until one comes
   back to the page or has it taken as read: what happens to be in sight would clear it in the same moment. */

import { readTo } from "../client/unread.js";
import { batched, find, h } from "./dom.js";
import { Sight } from "./sight.js";

const PAGE = 50;
// A page that has just come is drawn by then.
const DRAWN_MS = 200;
// As the server counts: so many, or more.
const UNREAD_MOST = 1000;

export class Reading {
  #client;
  #room;
  #list;
  #isJoined;
  #hasOlder;
  #onJump;
  #isLoading = false;
  /** Since a marker was set: what is in sight is not read. */
  #isMarked = false;
  #hasLeft = false;
  #sight = new Sight();
  #timer = 0;
  #older = find("[data-older]");
  #jump = find("[data-jump]");
  #above = find("[data-above]");

  constructor({ client, room, list, scroller, isJoined, hasOlder, onJump }) {
    this.#client = client;
    this.#room = room;
    this.#list = list;
    this.#isJoined = isJoined;
    this.#hasOlder = hasOlder;
    this.#onJump = onJump;
    // What leads to the next page without scripts.
    find("[data-newer]")?.remove();
    this.#listen(scroller);
  }

  /** Whether what arrives now is seen as it comes. */
  get isWatching() {
    return this.#isHere && this.#list.isAtEnd;
  }

  /** A meditator's reading counts from the bell on. */
  get #isHere() {
    return this.#isJoined && !this.#isMarked && document.visibilityState === "visible" && document.hasFocus()
      && this.#client.me.status !== "meditating";
  }

  get #entry() {
    return this.#client.rooms.entries.get(this.#room.id);
  }

  isUnread(seq) {
    const entry = this.#entry;
    return entry ? seq > readTo(entry) : false;
  }

  /** Other messages are held than before: what lies above them can be asked for again. */
  reset() {
    this.#hasOlder = this.#room.first > 1;
    if (this.#hasOlder) this.#older.replaceChildren();
    const entry = this.#entry;
    this.#list.adopt(entry?.unread ? readTo(entry) : null);
    this.#list.showLine();
  }

  /** To the newest message, also where that is not held yet. */
  async toEnd() {
    if (!this.#room.reachesEnd) await attempt(() => this.#client.rooms.showNewest(this.#room));
    this.#list.toEnd();
  }

  /** From this number on. Raises what the client's `markUnread` raises. */
  async markUnread(seq) {
    this.#marked();
    try {
      await this.#client.markUnread(this.#room.id, seq);
    } catch (error) {
      this.#isMarked = false;
      throw error;
    }
  }

  #marked() {
    this.#isMarked = true;
    this.#hasLeft = false;
    this.#sight.away();
  }

  /** The marker is known: the line stands there from now on. */
  #showMarker() {
    this.#marked();
    this.#list.setLine(readTo(this.#entry));
    this.#count();
  }

  #cameBack() {
    if (this.#hasLeft && document.visibilityState === "visible" && document.hasFocus()) this.#isMarked = false;
    if (document.visibilityState !== "visible" || !document.hasFocus()) this.#hasLeft = true;
    this.seen();
  }

  async #toUnread() {
    const first = this.#client.rooms.firstUnread(this.#room.id);
    if (first === null || first < this.#room.first) {
      await attempt(() => this.#client.rooms.showUnread(this.#room));
    } else {
      this.#list.setLine(first - 1);
      this.#list.showLine();
    }
  }

  #readAll() {
    this.#isMarked = false;
    this.#list.setLine(null);
    this.#read(Math.max(this.#room.head, this.#entry?.last_seq ?? 0));
    this.#onJump();
  }

  /** Call it whenever something may have come into sight, or somebody back to it. */
  seen() {
    clearTimeout(this.#timer);
    const entry = this.#entry;
    if (entry && this.#isHere && readTo(entry) < this.#room.head) this.#look(entry);
    else this.#sight.away();
    this.#count();
  }

  #look(entry) {
    const due = this.#sight.look(this.#list.inSight(), performance.now());
    if (due !== null) this.#timer = setTimeout(() => this.seen(), due);
    const upTo = this.#readUpTo(entry);
    if (upTo > readTo(entry)) this.#read(upTo);
  }

  /** As far as nothing unread was left out. */
  #readUpTo(entry) {
    const { rooms } = this.#client, read = readTo(entry);
    const first = entry.unread ? rooms.firstUnread(this.#room.id) : this.#room.first;
    if (first === null || first < this.#room.first) return read;
    let upTo = read;
    for (const message of this.#list.after(read)) {
      if (this.#isNews(message)) return upTo;
      upTo = message.seq;
    }
    return this.#room.reachesEnd && this.#room.isComplete ? this.#room.head : upTo;
  }

  #read(seq) {
    this.#client.receipts.read(this.#room.id, seq);
    this.#client.rooms.markRead(this.#room.id, seq);
    this.#sight.forget(seq);
  }

  #isNews({ seq, sender, deleted }) {
    const { me, blocked } = this.#client;
    return sender.id !== me.id && !blocked.hides(sender, this.#entry?.kind) && !deleted && !this.#sight.has(seq);
  }

  /** Says how much is new above the window and below it. */
  #count() {
    const { above, below } = this.#news();
    this.#above.hidden = above === 0 && !this.#isMarked;
    this.#above.querySelector("[data-words]").textContent = this.#isMarked ? "Unread from here" : `${words(above)} above`;
    this.#jump.hidden = below === 0 && (this.#list.isAtEnd || (this.#room.reachesEnd && this.#list.isNearEnd));
    this.#jump.querySelector("[data-words]").textContent = below ? `${words(below)} below` : "To the newest";
  }

  #news() {
    const entry = this.#entry;
    if (!entry?.unread) return { above: 0, below: 0 };
    const [top = 0, bottom = 0] = ends(this.#list.inSight());
    const shown = this.#list.after(readTo(entry));
    const news = shown.filter((message) => this.#isNews(message));
    const count = { above: 0, below: news.filter(({ seq }) => seq > bottom).length };
    count.above = news.filter(({ seq }) => seq < top).length;
    // Others are not held; where the beginning is, they come after the end.
    const seen = shown.filter(({ seq }) => this.#sight.has(seq)).length;
    const rest = Math.max(0, entry.unread - news.length - seen);
    const first = this.#client.rooms.firstUnread(this.#room.id);
    const isBelow = !this.#room.reachesEnd && first !== null && first >= this.#room.first;
    count[isBelow ? "below" : "above"] += rest;
    return count;
  }

  scrolled() {
    this.seen();
    if (this.#list.isAtStart && this.#hasOlder) this.#loadOlder();
    else if (this.#list.isNearEnd && !this.#room.reachesEnd) this.#loadNewer();
  }

  #listen(scroller) {
    const scrolled = batched(() => this.scrolled());
    const seen = batched(() => this.seen());
    scroller.addEventListener("scroll", scrolled, { passive: true });
    scroller.addEventListener("keydown", (event) => this.#keydown(event));
    new ResizeObserver(scrolled).observe(scroller);
    document.addEventListener("visibilitychange", () => this.#cameBack());
    window.addEventListener("focus", () => this.#cameBack());
    window.addEventListener("blur", () => this.#cameBack());
    this.#client.rooms.on("marked", (id) => id === this.#room.id && this.#showMarker());
    this.#client.on("me", () => this.seen());
    this.#client.rooms.on("entries", seen);
    this.#older?.querySelector("a")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.#loadOlder();
    });
    this.#jump.addEventListener("click", async () => {
      await this.toEnd();
      this.#onJump();
    });
    this.#above.querySelector("[data-above-show]").addEventListener("click", () => this.#toUnread());
    this.#above.querySelector("[data-above-read]").addEventListener("click", () => this.#readAll());
  }

  async #loadNewer() {
    await this.#loading(() => this.#client.rooms.loadNewer(this.#room, PAGE));
  }

  async #loadOlder() {
    if (this.#isLoading || !this.#hasOlder) return;
    this.#older.dataset.busy = "true";
    const hasCome = await this.#loading(async () => {
      const count = await this.#client.rooms.loadOlder(this.#room, PAGE);
      this.#hasOlder = count === PAGE && this.#room.first > 1;
    });
    delete this.#older.dataset.busy;
    if (!hasCome) this.#offerAgain();
    else if (!this.#hasOlder) this.#older.replaceChildren(h("span", { class: "muted" }, "Here it began."));
  }

  /** One page at a time. Returns whether it has come. */
  async #loading(work) {
    if (this.#isLoading) return false;
    this.#isLoading = true;
    const hasCome = await attempt(work);
    // Who has scrolled on meanwhile gets the next page; after an error one asks again.
    setTimeout(() => {
      this.#isLoading = false;
      if (hasCome) this.scrolled();
    }, DRAWN_MS);
    return hasCome;
  }

  #offerAgain() {
    this.#older.replaceChildren(h("button", {
      class: "button small ghost", type: "button", onclick: () => this.#loadOlder(),
    }, "Older messages did not come. Try again"));
  }

  #keydown(event) {
    // The browser's own End knows of no more than what is shown.
    if (event.key === "End" && !this.#room.reachesEnd) return void this.toEnd();
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
    const all = [...find("[data-log]").querySelectorAll(".message[data-id]:not(.folded)")];
    const next = current ? all[all.indexOf(current) + step] : step < 0 ? all.at(-1) : null;
    if (!next) return false;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
}

/** Returns whether it had an answer. Where not, the connection line says why. */
async function attempt(work) {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}

function ends(numbers) {
  return numbers.length ? [numbers[0], numbers.at(-1)] : [];
}

function words(count) {
  return count >= UNREAD_MOST ? `${UNREAD_MOST}+ new` : `${count} new`;
}
