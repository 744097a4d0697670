/* The files of messages on their way out: what they are, how far each has come, and a way to leave one out.

   They stand in the log, which is read aloud: how far they are is left to who looks for it. */

import { sizeWords } from "../client/attachments.js";
import { bdi, h, icon } from "./dom.js";
import { preview } from "./preview.js";

export class PendingFiles {
  #client;
  #rows = new Map(); // key of the file -> {element, progress, words, remove}

  constructor(client) {
    this.#client = client;
    client.outbox.on("progress", ({ key }, part) => this.#showPart(key, part));
    client.outbox.on("done", (keys) => keys.forEach((key) => this.#rows.delete(key)));
  }

  /** A message that is drawn anew keeps the rows it had. */
  element(entry) {
    const rows = entry.files.map((file) => this.#row(entry, file));
    return h("ul", { class: "pending-files", "aria-live": "off" }, rows);
  }

  #row(entry, file) {
    if (!this.#rows.has(file.key)) this.#rows.set(file.key, this.#newRow(entry, file));
    const { element, progress, words, remove } = this.#rows.get(file.key);
    const isThere = Boolean(file.attachment);
    progress.hidden = isThere || entry.state !== "waiting";
    words.textContent = isThere ? "sent" : sizeWords(file.size);
    remove.hidden = entry.files.length < 2 || entry.state === "held" || (isThere && entry.state === "waiting");
    if (!isThere) this.#showPart(file.key, this.#client.outbox.partOf(file.key) ?? 0);
    return element;
  }

  #newRow({ nonce }, { key, name, type }) {
    const blob = this.#client.files().then((files) => files.get(key), () => null);
    const progress = h("progress", { max: "1", value: "0", "aria-label": `${name}, so far` });
    const words = h("small", {});
    const remove = h("button", {
      class: "quiet", type: "button", "aria-label": `Leave out ${name}`, "data-spot": `${key} leave out`,
      onclick: () => this.#client.outbox.leaveOut(nonce, key),
    }, icon("close"));
    const element = h("li", {}, preview(type, blob), h("span", { class: "chosen-words" }, bdi(name), " ", words, progress), remove);
    return { element, progress, words, remove };
  }

  #showPart(key, part) {
    const row = this.#rows.get(key);
    if (!row) return;
    // All of it is under way: the server looks at it, and nobody knows for how long.
    if (part === 1) row.progress.removeAttribute("value");
    else row.progress.value = part;
  }
}
