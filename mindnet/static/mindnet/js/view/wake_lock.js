/* Keeps the screen on while somebody sits with the calm view open; browsers that cannot, do not. */

export class WakeLock {
  #lock = null;
  #isWanted = false;

  constructor() {
    // The browser lets go by itself when the page is out of sight.
    document.addEventListener("visibilitychange", () => this.#take());
  }

  on() {
    this.#isWanted = true;
    this.#take();
  }

  off() {
    this.#isWanted = false;
    this.#lock?.release();
    this.#lock = null;
  }

  async #take() {
    if (!this.#isWanted || document.visibilityState !== "visible" || !navigator.wakeLock) return;
    try {
      this.#lock = await navigator.wakeLock.request("screen");
    } catch {
      this.#lock = null; // low battery, or not allowed: the session goes on without
    }
  }
}
