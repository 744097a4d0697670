/* What was urgent enough to break a silence: who, why, and the message, until it is put away or the bell rings.

   The server shows it again to a page that is loaded anew; what has been put away in this tab stays away. */

import { filesInWords } from "../client/attachments.js";
import { bdi, h, icon } from "./dom.js";
import { markupElement } from "./markup.js";

const SEEN = "mindnet:urgent-seen";

export class UrgentNotices {
  #box = h("div", { class: "urgent-notices", role: "alert" });
  #client;
  #main;
  #storage;

  /** `storage` keeps for this tab which ones have been put away. */
  constructor(main, client, storage) {
    this.#main = main;
    this.#client = client;
    this.#storage = storage;
    main.prepend(this.#box);
    client.rooms.on("urgent", (message, reason) => this.#show(message, reason));
    client.connection.on("event", ({ type, payload }) => type === "message.updated" && payload.deleted && this.#gone(payload));
    client.on("me", () => client.me.status === "meditating" || this.#box.replaceChildren());
  }

  #show(message, reason) {
    if (this.#client.blocked.has(message.sender.id) || this.#seen().includes(message.id)) return;
    const room = this.#client.rooms.entries.get(message.room)?.name;
    const notice = h("div", { class: "urgent-notice", "data-id": message.id },
      h("p", {}, icon("info"), " ", h("strong", {}, "Urgent, from ", bdi(message.sender.username)),
        room ? [" in ", h("a", { href: `/room/${message.room}` }, bdi(room))] : null),
      // Where there is none, the server gives the beginning of the text for it.
      message.content.startsWith(reason) ? null : h("p", { class: "urgent-reason" }, bdi(reason)),
      this.#text(message),
      h("button", { class: "button small ghost", type: "button", onclick: () => this.#putAway(message, notice) },
        "Put away"));
    this.#box.append(notice);
  }

  #text(message) {
    const { message_type: type, content, mentions, attachments } = message;
    if (type === "sealed") return this.#sealed(message);
    return [
      content ? markupElement(content, { me: this.#client.me, mentions }) : null,
      attachments.length ? h("p", { class: "muted" }, bdi(filesInWords(attachments))) : null,
    ];
  }

  /** Opened where this browser can. */
  #sealed(message) {
    const place = h("div", {}, h("p", { class: "muted" }, "The message itself is sealed."));
    this.#open(message).then((parts) => place.replaceChildren(...parts), () => {});
    return place;
  }

  async #open(message) {
    const shown = await (await this.#client.sealing()).opened(message);
    return this.#text(shown).filter(Boolean);
  }

  #gone({ id }) {
    this.#box.querySelector(`[data-id="${id}"]`)?.remove();
  }

  #putAway(message, notice) {
    this.#storage.setItem(SEEN, JSON.stringify([...this.#seen().slice(-50), message.id]));
    notice.remove();
    this.#main.focus();
  }

  #seen() {
    return JSON.parse(this.#storage.getItem(SEEN) ?? "[]");
  }
}
