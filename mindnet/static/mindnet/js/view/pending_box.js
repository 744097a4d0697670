/* The messages on their way out, at the end of the list. What has not changed keeps its element, and what has the focus
   keeps that: files are a while under way, and something happens to them all the time. */

import { h } from "./dom.js";
import { pendingElement } from "./message.js";

export class PendingBox {
  element = h("div", { class: "pending-box" });
  #drawn = new Map(); // nonce -> {said, element}

  /** `context` is what pendingElement wants, but `quotedOf(entry)` for the message that is quoted. */
  draw(entries, context) {
    const spot = this.element.contains(document.activeElement) ? document.activeElement.dataset.spot : null;
    const drawn = new Map();
    entries.forEach((entry, index) => drawn.set(entry.nonce, this.#one(entry, { ...context, isFirst: index === 0 })));
    this.#drawn = drawn;
    this.#arrange([...drawn.values()].map(({ element }) => element));
    if (spot) this.element.querySelector(`[data-spot="${CSS.escape(spot)}"]`)?.focus({ preventScroll: true });
  }

  #one(entry, context) {
    const quoted = context.quotedOf(entry);
    const isHidden = Boolean(quoted && context.isBlocked(quoted.sender));
    const about = [context.isFirst, context.isLive(), Boolean(context.pendingFiles), quoted?.changed_seq, quoted?.content, isHidden];
    const said = JSON.stringify([entry, ...about]);
    const held = this.#drawn.get(entry.nonce);
    return held?.said === said ? held : { said, element: pendingElement(entry, { ...context, quoted }) };
  }

  /** Moves as little as possible: what is moved loses the focus. */
  #arrange(elements) {
    const wanted = new Set(elements);
    for (const element of [...this.element.children]) if (!wanted.has(element)) element.remove();
    elements.forEach((element, index) => {
      const there = this.element.children[index];
      if (there !== element) this.element.insertBefore(element, there ?? null);
    });
  }
}
