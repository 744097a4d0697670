/* My rooms with what is unread, on pages that list them, and the sum of it in the title of the window and in the menu of
   one's account on every page. Where something mentions oneself, that is what is said. */

import { batched, bdi, h, icon } from "./dom.js";

export class RoomsList {
  #list;
  #empty;
  #rooms;
  #current;
  #title = document.title;

  constructor(list, rooms, { current = null, empty = null } = {}) {
    this.#list = list;
    this.#empty = empty;
    this.#rooms = rooms;
    this.#current = current;
    rooms.on("entries", batched(() => this.draw()));
    this.draw();
  }

  draw() {
    const entries = [...this.#rooms.entries.values()].sort(byUnreadThenName);
    this.#list?.replaceChildren(...entries.map((entry) => this.#item(entry)));
    if (this.#empty) this.#empty.hidden = entries.length > 0;
    const { unread, mentions } = this.#rooms.counts.sums;
    document.title = unread ? `(${mentions ? `@${mentions}` : unread}) ${this.#title}` : this.#title;
    for (const [name, count] of Object.entries({ unread, mentions })) {
      for (const one of document.querySelectorAll(`[data-sum=${name}]`)) one.textContent = count ? String(count) : "";
    }
  }

  #item({ id, name, kind, unread, mentions }) {
    return h("li", { class: `room-card${unread ? " unread" : ""}`, "data-room": id },
      h("span", { class: "kind" }, icon(kind)),
      h("a", {
        class: "room-link", href: roomUrl({ id, unread }), "aria-current": id === this.#current ? "page" : null,
      }, bdi(name)),
      mentions ? mentionBadge(mentions) : null,
      unread ? badge(unread) : null);
  }
}

function badge(unread) {
  const words = h("span", { class: "hidden-text" }, " unread");
  return h("span", { class: "badge", "data-unread": true }, String(unread), words);
}

function mentionBadge(mentions) {
  const words = h("span", { class: "hidden-text" }, mentions === 1 ? " mentions you," : " mention you,");
  return h("span", { class: "badge mention", "data-mentions": true }, "@", String(mentions), words);
}

/** Where one goes on reading. */
export function roomUrl({ id, unread }) {
  return `/room/${id}${unread ? "#new" : ""}`;
}

function byUnreadThenName(a, b) {
  return (b.mentions > 0) - (a.mentions > 0) || (b.unread > 0) - (a.unread > 0) || a.name.localeCompare(b.name) || a.id - b.id;
}
