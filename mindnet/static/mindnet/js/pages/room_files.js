/* Files in a room's page: what gets them into the composer, and what shows the messages on their way out. */

import { Drafts } from "../client/drafts.js";
import { SteadyStorage } from "../client/storage.js";
import { Attaching } from "../view/attaching.js";
import { find } from "../view/dom.js";

/** `composer()` gives the composer, which is made with this; null once one is out of the room. */
export function makeAttaching(form, client, room, { permissions, composer }) {
  // Of this tab alone: two that send the same draft would send its files twice.
  const drafts = new Drafts(new SteadyStorage(() => sessionStorage), client.me.id, "files");
  return new Attaching({ form, talk: find(".talk"), box: find("[data-chosen]") }, {
    bring: () => client.files(),
    refusal: () => {
      if (!composer()) return "You are no longer in this room.";
      if (composer().isEditing) return "Finish the correction first.";
      return permissions.may("attach") ? "" : "No files can be sent here now.";
    },
    fail: (words) => composer()?.fail(words),
    draft: { get: () => drafts.get(room), set: (text) => drafts.set(room, text) },
  });
}

export class PendingMessages {
  #client;
  #room;
  #list;
  #context;

  /** `context` is the list's: it gets `pendingFiles`, once there are any. */
  constructor(client, room, list, context) {
    this.#client = client;
    this.#room = room;
    this.#list = list;
    this.#context = context;
    client.outbox.on("changed", () => this.#draw());
    // Files say that they wait for the connection.
    client.connection.on("state", () => client.outbox.waiting && this.#draw());
    this.#draw();
  }

  /** How files are drawn is brought with the first of them. */
  async #draw() {
    const entries = this.#client.outbox.entriesOf(this.#room);
    this.#list.setPending(entries);
    if (this.#context.pendingFiles || !entries.some(({ files }) => files)) return;
    const view = await import("../view/pending_files.js").catch(() => null);
    if (!view || this.#context.pendingFiles) return;
    this.#context.pendingFiles = new view.PendingFiles(this.#client);
    this.#draw();
  }
}
