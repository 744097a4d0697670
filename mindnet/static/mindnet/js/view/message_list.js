/* The messages of the open room, as a list that does not jump.

   Shown is a part of the room, to its end or not. Elements stand in the order of `seq`. A changed message is replaced
   where it stands. Whoever is at the end stays at the end; for everybody else the first message in sight keeps its
   place, whatever is added above or below. Only what changed is drawn, at most once a frame. */

import { dayKey, dayWords } from "../client/time.js";
import { keepFiles } from "./attachments.js";
import { batched, h } from "./dom.js";
import { keepOpen } from "./markup.js";
import { countFolded, foldedElement, messageElement } from "./message.js";
import { PendingBox } from "./pending_box.js";

const GROUP_MS = 300_000;
// Near enough to the end to be taken along.
const END_PIXELS = 60;
// More elements than this above somebody who reads at the end are taken out again; scrolling up brings them back.
const KEEP_ELEMENTS = 400;
const SETTLE_MS = 1000;
// Above the line that says where the new begins.
const LINE_PIXELS = 24;

export class MessageList {
  #room;
  #context;
  #log;
  #scroller;
  #pendingBox = new PendingBox();
  #pending = [];
  #order = []; // shown messages, oldest first: {id, seq, element, day, isFolded}
  #byId = new Map();
  #repliesTo = new Map();
  #dirty = new Set();
  #unfolded = new Set(); // of people one has blocked, and looked at all the same
  #fresh = []; // elements that may not have been laid out yet
  #settling = 0;
  #lineAt = null;
  #line;
  #plan;

  /** `context` is what messageElement wants, plus onRetry, onDiscard, onDrawn(), and onQuote(id) of what is answered and
      not held. */
  constructor({ log, scroller, room, context }) {
    this.#room = room;
    this.#context = context;
    this.#log = log;
    this.#scroller = scroller;
    this.#line = h("div", { class: "line", id: "new", role: "separator" }, h("span", {}, "New"));
    this.#plan = batched(() => this.#draw());
  }

  /** Takes the place of what the server has drawn. */
  adopt(lineAt) {
    this.#lineAt = lineAt;
    this.#log.setAttribute("aria-busy", "true");
    this.#keepPlace(() => {
      this.#log.replaceChildren(this.#pendingBox.element);
      this.#order = [];
      this.#byId.clear();
      this.#apply(this.#room.shown().map(({ id }) => id));
    });
    this.#log.removeAttribute("aria-busy");
    this.#settle();
    this.#context.onDrawn();
  }

  /** Where there is a line, what is new begins there: longer than the window, it is read from there. */
  toLine() {
    if (!this.#line.isConnected) return;
    const above = this.#line.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top - LINE_PIXELS;
    if (above < 0) this.#scroller.scrollTop += above;
  }

  /** To the line, also from above it. */
  showLine() {
    this.toEnd();
    this.toLine();
  }

  /** These messages were added or have changed. */
  update(ids) {
    for (const id of ids) this.#dirty.add(id);
    this.#plan();
  }

  setPending(entries) {
    this.#pending = entries;
    this.#plan();
  }

  setLine(seq) {
    if (this.#lineAt === seq) return;
    this.#lineAt = seq;
    this.#keepPlace(() => this.#placeLine());
  }

  get lineElement() {
    return this.#line.isConnected ? this.#line : null;
  }

  get isAtEnd() {
    return this.#room.reachesEnd && this.#scroller.scrollTop >= -END_PIXELS;
  }

  /** Less than a window is left below. */
  get isNearEnd() {
    return -this.#scroller.scrollTop < this.#scroller.clientHeight;
  }

  get isAtStart() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return -scrollTop > scrollHeight - clientHeight * 2;
  }

  toEnd() {
    this.#scroller.scrollTop = 0;
  }

  /** The numbers of the messages in sight: half of each at least, or half of the window where that is less. */
  inSight() {
    const { top, bottom, height } = this.#scroller.getBoundingClientRect();
    const numbers = [];
    for (const { element, seq } of this.#order.slice(this.#firstBelow(top))) {
      const rect = element.getBoundingClientRect();
      if (rect.top >= bottom) break;
      const part = Math.min(rect.bottom, bottom) - Math.max(rect.top, top);
      if (part * 2 >= Math.min(rect.height, height)) numbers.push(seq);
    }
    return numbers;
  }

  /** The messages shown above a number, oldest first. */
  after(seq) {
    return this.#order.slice(this.#indexOf(seq + 1)).map(({ id }) => this.#room.messages.get(id));
  }

  /** Index of the first message that ends below this height. They stand in order, so few need to be looked at. */
  #firstBelow(height) {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order[middle].element.getBoundingClientRect().bottom > height) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  element(id) {
    return this.#byId.get(id)?.element;
  }

  /** Says something small beside the time of one's own newest messages. */
  setReceipts(words) {
    const own = this.#order.slice(-60)
      .filter(({ id }) => this.#room.messages.get(id)?.sender.id === this.#context.me.id);
    own.forEach((item, index) => {
      const slot = item.element.querySelector("[data-receipt]");
      // Only the last of a group says it: those above have come at least as far.
      const isLast = !own[index + 1] || own[index + 1].element.classList.contains("first");
      const text = isLast ? words(this.#room.messages.get(item.id)) : "";
      if (slot.textContent !== text) slot.textContent = text;
    });
  }

  /** Brings a message into the middle of the window, and the focus to it; of a folded stretch, the line that stands for
      it. Returns its element, or nothing where it is not shown. */
  lead(id) {
    const item = this.#byId.get(id);
    const stretch = item?.isFolded ? this.#stretches().find((items) => items.includes(item)) : null;
    const element = (stretch?.[0] ?? item)?.element;
    const isHigh = element?.offsetHeight > this.#scroller.clientHeight;
    element?.scrollIntoView({ block: isHigh ? "start" : "center" });
    element?.focus({ preventScroll: true });
    return element;
  }

  /** The id of the first message in sight. */
  get firstInSight() {
    return this.#order[this.#firstBelow(this.#scroller.getBoundingClientRect().top)]?.id;
  }

  #isShown(id) {
    const message = this.#room.messages.get(id);
    return Boolean(message) && this.#room.isShown(message);
  }

  #draw() {
    const ids = [...this.#dirty].filter((id) => this.#isShown(id) || this.#repliesTo.has(id));
    this.#dirty.clear();
    const oldest = this.#order[0]?.seq ?? Infinity;
    // Older pages are no news; the log must not read them out.
    const isOlder = ids.some((id) => this.#room.messages.get(id)?.seq < oldest);
    if (isOlder) this.#log.setAttribute("aria-busy", "true");
    this.#keepPlace(() => {
      this.#apply(ids);
      this.#drawPending();
    });
    if (isOlder) this.#log.removeAttribute("aria-busy");
    this.#settle();
    this.#context.onDrawn();
  }

  /** Two frames on they have been laid out, and their height is known. Once a second, many at a time. */
  #settle() {
    this.#settling ||= setTimeout(() => {
      this.#settling = 0;
      const elements = this.#fresh.splice(0);
      const mark = () => elements.forEach((element) => element.classList.add("settled"));
      requestAnimationFrame(() => requestAnimationFrame(mark));
    }, SETTLE_MS);
  }

  #apply(ids) {
    const again = new Set(ids);
    for (const id of ids) for (const reply of this.#repliesTo.get(id) ?? []) again.add(reply);
    const touched = new Set();
    for (const id of again) this.#put(this.#room.messages.get(id), touched);
    for (const item of touched) this.#arrange(item);
    this.#fold();
    this.#placeLine();
    this.#trim();
  }

  #put(message, touched) {
    if (!message || !this.#room.isShown(message)) return;
    const isFolded = this.#isBlocked(message) && !this.#unfolded.has(message.id);
    const element = isFolded ? foldedElement(message, () => this.#unfold(message.id))
      : messageElement(this.#room.asShown(message), { ...this.#context, quoted: this.#quoted(message) });
    this.#fresh.push(element);
    const held = this.#byId.get(message.id);
    if (held) {
      const hadFocus = held.element.contains(document.activeElement);
      const focused = keepFiles(held.element, element) ?? element;
      keepOpen(held.element, element);
      held.element.replaceWith(element);
      Object.assign(held, { element, isFolded });
      if (hadFocus) focused.focus({ preventScroll: true });
      touched.add(held);
      return;
    }
    const item = { id: message.id, seq: message.seq, element, day: null, isFolded };
    const at = this.#indexOf(message.seq);
    const next = this.#order[at];
    const before = next ? (next.day ?? this.#lineBefore(next) ?? next.element) : this.#pendingBox.element;
    before.before(element);
    this.#order.splice(at, 0, item);
    this.#byId.set(message.id, item);
    if (message.reply_to) {
      if (!this.#repliesTo.has(message.reply_to)) this.#repliesTo.set(message.reply_to, new Set());
      this.#repliesTo.get(message.reply_to).add(message.id);
    }
    touched.add(item);
    if (next) touched.add(next);
  }

  #lineBefore(item) {
    return item.element.previousElementSibling === this.#line ? this.#line : null;
  }

  /** Where a number belongs; nearly always the end. */
  #indexOf(seq) {
    let low = 0;
    let high = this.#order.length;
    if (high && this.#order[high - 1].seq < seq) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order[middle].seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Day line before, and whether the sender is named, follow from the message before this one. */
  #arrange(item) {
    const previous = this.#order[this.#indexOf(item.seq) - 1];
    const message = this.#room.messages.get(item.id);
    const above = previous && this.#room.messages.get(previous.id);
    const isNewDay = !above || dayKey(above.timestamp) !== dayKey(message.timestamp);
    if (isNewDay && !item.day) {
      item.day = h("div", { class: "day", role: "separator" }, h("span", {}, dayWords(message.timestamp)));
    }
    if (isNewDay) (this.#lineBefore(item) ?? item.element).before(item.day);
    else item.day?.remove();
    if (!isNewDay) item.day = null;
    item.element.classList.toggle("first", isNewDay || !isSameGroup(above, message));
  }

  #isBlocked({ sender }) {
    return this.#context.isBlocked(sender);
  }

  /** What people have said whom one has blocked is one line for each stretch of it. */
  #fold() {
    for (const stretch of this.#stretches()) {
      stretch.forEach(({ element }, index) => element.classList.toggle("folded", index > 0));
      countFolded(stretch[0].element, stretch.length);
    }
  }

  /** Folded messages that stand together, on one day. */
  #stretches() {
    const stretches = [];
    let last = null;
    for (const item of this.#order) {
      if (item.isFolded && (!last?.isFolded || item.day)) stretches.push([]);
      if (item.isFolded) stretches.at(-1).push(item);
      last = item;
    }
    return stretches;
  }

  #unfold(id) {
    const stretch = this.#stretches().find((items) => items.some((item) => item.id === id));
    for (const item of stretch) this.#unfolded.add(item.id);
    this.#keepPlace(() => this.#apply(stretch.map((item) => item.id)));
    this.element(stretch[0].id).focus({ preventScroll: true });
  }

  #placeLine() {
    const item = this.#lineAt === null || this.#lineAt < this.#room.first - 1 ? null
      : this.#order.find(({ id, seq }) => seq > this.#lineAt && this.#isNews(this.#room.messages.get(id)));
    if (!item) return this.#line.remove();
    if (item.element.previousElementSibling !== this.#line) item.element.before(this.#line);
    item.element.classList.add("first");
  }

  #isNews({ sender, deleted }) {
    return sender.id !== this.#context.me.id && !this.#context.isBlocked(sender) && !deleted;
  }

  #trim() {
    if (!this.isAtEnd || this.#order.length <= KEEP_ELEMENTS * 1.25) return;
    for (const item of this.#order.splice(0, this.#order.length - KEEP_ELEMENTS)) {
      item.day?.remove();
      item.element.remove();
      this.#byId.delete(item.id);
    }
    this.#room.first = this.#order[0].seq;
    this.#arrange(this.#order[0]);
    this.#fold();
  }

  #drawPending() {
    const context = { ...this.#context, quotedOf: (entry) => this.#quoted(entry) };
    this.#pendingBox.draw(this.#pending.filter(({ nonce }) => !this.#room.nonces.has(nonce)), context);
  }

  /** What is answered by a message; asked for where it is not held. */
  #quoted({ reply_to: id }) {
    const quoted = this.#room.messages.get(id);
    if (id && !quoted) this.#context.onQuote(id);
    return quoted && this.#room.asShown(quoted);
  }

  /** Does `work` and puts the first message in sight back where it was, unless the end is in sight. */
  #keepPlace(work) {
    if (this.isAtEnd) {
      work();
      this.toEnd();
      // Nobody is here to be taken along: what comes meanwhile is read from its beginning.
      if (document.visibilityState !== "visible") this.toLine();
      return;
    }
    const top = this.#scroller.getBoundingClientRect().top;
    const anchor = this.#order[this.#firstBelow(top)];
    // Its lower edge: it may itself lose or gain the name above it.
    const before = anchor?.element.getBoundingClientRect().bottom;
    work();
    if (!anchor) return;
    this.#scroller.scrollTop += anchor.element.getBoundingClientRect().bottom - before;
  }
}

function isSameGroup(above, message) {
  const apart = Date.parse(message.timestamp) - Date.parse(above.timestamp);
  return above.sender.id === message.sender.id && apart <= GROUP_MS;
}
