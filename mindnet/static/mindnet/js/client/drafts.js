/* One unfinished text per room, kept through reloads. */

export class Drafts {
  #storage;
  #prefix;

  constructor(storage, owner) {
    this.#storage = storage;
    this.#prefix = `mindnet:draft:${owner}:`;
  }

  get(room) {
    return this.#storage.getItem(this.#prefix + room) ?? "";
  }

  set(room, text) {
    if (text.trim()) this.#storage.setItem(this.#prefix + room, text);
    else this.#storage.removeItem(this.#prefix + room);
  }
}
