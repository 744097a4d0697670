/* A mind-link in its page: says how it stands, keeps one from writing where nothing could be sealed, and has what is sealed
   drawn as it is opened. */

import { barePicture } from "../client/bare_pictures.js";
import { newFileKey } from "../client/file_seals.js";
import { standingWords } from "../client/sealing_words.js";
import { AddedLine } from "../view/added_devices.js";
import { find, h, icon } from "../view/dom.js";
import { measure } from "../view/measure.js";
import { redraw } from "../view/redraw.js";
import { forgetFiles, sealedFilesElement } from "../view/sealed_files.js";

// Of all thumbnails of one message, and of each, in characters: an envelope has 32 KiB, and words want their part.
const THUMBNAILS_MOST = 12_000, THUMBNAIL_MOST = 8_000;
const PICTURE = /^image\//;
const UNDRAWN = "This picture cannot be drawn here, so what its camera has written beside it cannot be taken out. Choose it " +
  "as a JPEG.";

export class PrivateRoom {
  #link;
  #parts;
  #note = find("[data-sealing]");
  #drawn = "";
  #added;

  /** `parts`: {client, room, context, lock(words), redraw(), isJoined}. */
  constructor(link, parts) {
    this.#link = link;
    this.#parts = parts;
    parts.context.filesOf = (files) => sealedFilesElement(files, (file) => link.openFile(file));
    this.#added = new AddedLine(this.#note, parts.room.id, [parts.client.me, link.other]);
    link.on("changed", () => { this.#draw(); this.#added.draw(); });
    link.on("gone", forgetFiles);
    parts.client.connection.on("event", ({ type, payload }) => type === "devices.changed" && this.#devicesOf(payload.psychic));
    // The page of devices, in the sheet: this browser may be another one than before.
    document.addEventListener("mindnet:changed", () => this.#again(link.restart()));
    parts.redraw();
    this.refresh();
  }

  /** After the link to the server was lost, anything may have changed. */
  refresh() {
    return this.#again(this.#link.refresh());
  }

  #devicesOf({ id }) {
    if ([this.#parts.client.me.id, this.#link.other.id].includes(id)) this.#again(this.#link.restart());
  }

  async #again(work) {
    try {
      await work;
      this.#link.again();
    } catch {
      // The server is not reached: the next connection asks again.
    }
  }

  #draw() {
    const { standing, other } = this.#link, words = standingWords(standing, other.username);
    if (!words || words === this.#drawn) return;
    this.#drawn = words;
    this.#note.className = `sealing ${standing.name}`;
    this.#note.replaceChildren(h("p", {}, icon(standing.name === "sealed" ? "private" : "info"), " ", words, " ", this.#way(standing)));
    if (this.#parts.isJoined) this.#parts.lock(standing.name === "blocked" ? "Nothing can be sent now" : null);
    this.#parts.redraw();
    if (standing.name !== "blocked") this.#parts.client.outbox.flush();
  }

  #way({ name, why, isOwn }) {
    const safety = `/room/${this.#parts.room.id}/safety`;
    if (name === "sealed") return sheetLink(safety, "Safety number");
    if (["insecure", "algorithms", "storage"].includes(why)) return sheetLink("/settings/devices", "What that means");
    if (["withheld", "forked", "other_root"].includes(why)) return sheetLink(safety, "What that means");
    return isOwn ? sheetLink("/settings/devices", "Your devices") : null;
  }
}

const sheetLink = (url, words) => h("a", { href: url, "data-sheet": true }, words);

/** Files of the outbox, with a key for each and what their message says of them. `files` keeps their bytes; of pictures
    without what a camera has written beside them, drawn anew where it takes that. */
export function measured(kept, files) {
  const most = Math.min(THUMBNAIL_MOST, Math.floor(THUMBNAILS_MOST / kept.length));
  return Promise.all(kept.map(async (file) => {
    const blob = await files.get(file.key);
    if (!blob) return file; // the outbox says that it is gone
    const bare = PICTURE.test(file.type) ? await barePicture(blob, redraw).catch(() => null) : blob;
    // It does not go out like this: the outbox says why, and keeps the words that go with it.
    if (!bare) return { ...file, unfit: UNDRAWN };
    const now = bare === blob ? file : await replaced(file, bare, files);
    return { ...now, sealed: { key: newFileKey(), ...await measure(bare, now.type, most) } };
  }));
}

async function replaced({ key, name, type }, blob, files) {
  const drawn = blob.type === type ? name : `${name.replace(/\.\w+$/, "")}.${blob.type.split("/")[1]}`;
  const kept = await files.keep(new File([blob], drawn, { type: blob.type }));
  await files.drop([key]);
  return kept;
}
