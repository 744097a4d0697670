/* Work of which there is one at a time: here, and, where there are locks, in all tabs of this browser.

     const lane = new Lane("mindnet:outbox:7:", () => sendAll(), navigator.locks);
     lane.run();          // asked for while it runs, it runs once more after that
     lane.runIn(3);       // once, in so many seconds */

// For whoever was refused and not told when to come back.
const PAUSE_SECONDS = 3;

/** @typedef {{request: (name: string, work: () => Promise<void>) => Promise<void>}} Locks as navigator.locks are */

export class Lane {
  #name;
  #work;
  #locks;
  #isRunning = false;
  #isWanted = false;
  #timer = 0;

  /**
   * @param {string} name of the lock
   * @param {() => Promise<void>} work
   * @param {Locks | null} locks
   */
  constructor(name, work, locks) {
    this.#name = name;
    this.#work = work;
    this.#locks = locks;
  }

  async run() {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.locked(this.#work);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** @param {number} [seconds] */
  runIn(seconds = PAUSE_SECONDS) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.run(), seconds * 1000);
  }

  /**
   * Something else that has to keep out of the way of the work.
   * @param {() => Promise<void>} work
   */
  async locked(work) {
    // Web Locks exist on HTTPS and on loopback only, and are refused where storage is. Without them the nonce alone
    // keeps messages single.
    if (!this.#locks) return work();
    let hasBegun = false;
    const begin = () => {
      hasBegun = true;
      return work();
    };
    try {
      await this.#locks.request(this.#name, begin);
    } catch (error) {
      if (hasBegun) throw error;
      await work();
    }
  }
}
