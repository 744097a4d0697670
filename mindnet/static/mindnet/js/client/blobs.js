/* Files that wait to be sent, in the browser's database: a reload finds them again, and so does another tab.

     const blobs = new Blobs("mindnet:files:7", () => indexedDB);
     await blobs.keep(key, file);    // false: it is held in memory, and gone with the page
     await blobs.get(key);           // a Blob, or null
     await blobs.drop([key]);

   The database may be refused or full, as any storage of a browser: choosing a file and sending it must go on. */

const STORE = "files";

/** @typedef {{blob: Blob, at: number}} Kept `at` is the moment in ms */

export class Blobs {
  #name;
  #open;
  /** @type {Promise<any> | null} an IDBDatabase */
  #database = null;
  /** @type {Map<string, Blob>} */
  #held = new Map();

  /**
   * @param {string} name of the database
   * @param {() => any} open gives what `indexedDB` is, and may throw
   */
  constructor(name, open) {
    this.#name = name;
    this.#open = open;
  }

  /**
   * Whether it will be there after a reload.
   * @param {string} key
   * @param {Blob} blob
   */
  async keep(key, blob) {
    try {
      await this.#do("readwrite", (store) => store.put({ blob, at: Date.now() }, key));
      return true;
    } catch {
      this.#held.set(key, blob);
      return false;
    }
  }

  /**
   * @param {string} key
   * @returns {Promise<Blob | null>}
   */
  async get(key) {
    const held = this.#held.get(key);
    if (held) return held;
    try {
      return (await this.#do("readonly", (store) => store.get(key)))?.blob ?? null;
    } catch {
      return null;
    }
  }

  /** @param {string[]} keys */
  async drop(keys) {
    for (const key of keys) this.#held.delete(key);
    try {
      await this.#do("readwrite", (store) => keys.map((key) => store.delete(key)).at(-1));
    } catch {
      // What a broken database still has, the sweep of another day takes away.
    }
  }

  /**
   * Takes away what nobody names and was put there before a moment, in ms.
   * @param {Set<string>} named
   * @param {number} before
   */
  async sweep(named, before) {
    try {
      await this.#do("readwrite", (store) => {
        const request = store.openCursor();
        request.onsuccess = () => {
          const cursor = request.result;
          if (!cursor) return;
          if (!named.has(cursor.key) && cursor.value.at < before) cursor.delete();
          cursor.continue();
        };
        return request;
      });
    } catch {
      // Another page tries again.
    }
  }

  /**
   * One transaction: gives the result of the request that `work` makes, once all of it is stored.
   * @param {"readonly" | "readwrite"} mode
   * @param {(store: any) => any} work
   */
  async #do(mode, work) {
    this.#database ??= this.#opened();
    const transaction = (await this.#database).transaction(STORE, mode);
    const request = work(transaction.objectStore(STORE));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  /** @returns {Promise<any>} */
  #opened() {
    return new Promise((resolve, reject) => {
      const request = this.#open().open(this.#name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }
}
