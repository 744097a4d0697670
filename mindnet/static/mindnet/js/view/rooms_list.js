/* My rooms with what is unread, on pages that list them, and the sum of it in the title of the window on every page. */

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
    const { unread } = this.#rooms;
    document.title = unread ? `(${unread}) ${this.#title}` : this.#title;
  }

  #item({ id, name, kind, unread }) {
    return h("li", { class: `room-card${unread ? " unread" : ""}`, "data-room": id },
      h("span", { class: "kind" }, icon(kind)),
      h("a", {
        class: "room-link", href: `/room/${id}`, "aria-current": id === this.#current ? "page" : null,
      }, bdi(name)),
      unread ? badge(unread) : null);
  }
}

function badge(unread) {
  const words = h("span", { class: "hidden-text" }, " unread");
  return h("span", { class: "badge", "data-unread": true }, String(unread), words);
}

function byUnreadThenName(a, b) {
  return (b.unread > 0) - (a.unread > 0) || a.name.localeCompare(b.name) || a.id - b.id;
}
