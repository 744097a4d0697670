/* What must outlive a reload and is no text: keys that cannot be read out, in the browser's database.

     const store = new KeyStore(() => indexedDB);
     await store.get([7, "own"]);
     await store.change([7, "own"], (own = []) => [...own, device]);   // one transaction: no other tab comes between
     await store.changeAll(keys, (kept, key) => …);                     // several, in one transaction
     await store.under([7, "place", 12]);                               // [[key, value], …] of all that begins so
     await store.drop([7]);                                             // all of psychic 7

   Unlike words that wait to be sent, keys are never held in memory instead: a device that is gone with the page would be one
   that nobody can revoke by itself. So whatever the database refuses is raised. */

const NAME = "mindnet:sealed";
const STORE = "kept";

/** What it is about, behind the psychic whose it is. @typedef {[psychic: number, ...what: (string | number)[]]} Key */

export class KeyStore {
  #open;
  /** @type {Promise<IDBDatabase> | null} */
  #database = null;

  /** @param {() => IDBFactory} open may throw */
  constructor(open) {
    this.#open = open;
  }

  /**
   * @param {Key} key
   * @returns {Promise<any>} undefined where there is nothing
   */
  get(key) {
    return this.#do("readonly", (store) => store.get(key));
  }

  /**
   * Puts what `work` makes of what is there, and gives it. What it gives back as it was is not put again.
   * @template Value
   * @param {Key} key
   * @param {(value: any) => Value} work at once: a transaction waits for nothing else
   * @returns {Promise<Value>}
   */
  async change(key, work) {
    return (await this.changeAll([key], work))[0];
  }

  /**
   * @template Value
   * @param {Key[]} keys one at least
   * @param {(value: any, key: Key) => Value} work
   * @returns {Promise<Value[]>} in the order of the keys
   */
  async changeAll(keys, work) {
    /** @type {Value[]} */
    const values = [];
    await this.#do("readwrite", (store) => keys.map((key, index) => {
      const request = store.get(key);
      request.onsuccess = () => {
        values[index] = work(request.result, key);
        if (values[index] !== request.result) store.put(values[index], key);
      };
      return request;
    })[0]);
    return values;
  }

  /**
   * @param {Key} key
   * @returns {Promise<[Key, any][]>}
   */
  async under(key) {
    /** @type {IDBRequest<IDBValidKey[]> | undefined} */
    let keys;
    const values = await this.#do("readonly", (store) => {
      keys = store.getAllKeys(allUnder(key));
      return store.getAll(allUnder(key));
    });
    return values.map((/** @type {any} */ value, /** @type {number} */ index) => [keys?.result[index], value]);
  }

  /** @param {...Key} keys with all that is under each of them */
  async drop(...keys) {
    await this.#do("readwrite", (store) => keys.map((key) => store.delete(allUnder(key)))[0]);
  }

  /**
   * Whether it takes such a value at all. Nothing is left behind.
   * @param {unknown} value
   */
  async takes(value) {
    try {
      const transaction = (await this.#opened()).transaction(STORE, "readwrite");
      const request = transaction.objectStore(STORE).put(value, [0]);
      return await new Promise((resolve) => {
        request.onsuccess = () => transaction.abort();
        transaction.onabort = () => resolve(request.error === null);
      });
    } catch {
      return false;
    }
  }

  /**
   * One transaction: gives the result of the request that `work` makes, once all of it is stored.
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest} work
   * @returns {Promise<any>}
   */
  async #do(mode, work) {
    // Strict: the server must not hear of a device whose keys a power failure takes.
    const transaction = (await this.#opened()).transaction(STORE, mode, { durability: "strict" });
    const request = work(transaction.objectStore(STORE));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  /** The next call tries again where it is refused. */
  async #opened() {
    this.#database ??= this.#ask();
    try {
      return await this.#database;
    } catch (error) {
      this.#database = null;
      throw error;
    }
  }

  /** @returns {Promise<IDBDatabase>} */
  async #ask() {
    const request = this.#open().open(NAME, 1);
    return new Promise((resolve, reject) => {
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }
}

/**
 * An array comes behind all numbers and texts.
 * @param {Key} key
 */
function allUnder(key) {
  return IDBKeyRange.bound(key, [...key, []]);
}
