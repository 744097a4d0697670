/* What has been in sight for a moment.

     const sight = new Sight();
     const due = sight.look([57, 58], now);   // whenever something may have moved; ask again in `due` ms, null: never
     sight.has(57);

   Whoever scrolls past has not read. What leaves the window before its moment is over begins anew when it comes back. */

export const MOMENT_MS = 1000;

export class Sight {
  #seen = new Set();
  #since = new Map();

  /** `numbers` are in sight now, in ms of any clock that only goes on. */
  look(numbers, now) {
    const since = new Map();
    let due = null;
    for (const number of numbers) {
      if (this.#seen.has(number)) continue;
      const began = this.#since.get(number) ?? now;
      const left = began + MOMENT_MS - now;
      if (left <= 0) {
        this.#seen.add(number);
        continue;
      }
      since.set(number, began);
      due = Math.min(due ?? left, left);
    }
    this.#since = since;
    return due;
  }

  has(number) {
    return this.#seen.has(number);
  }

  /** Nobody looks any more. */
  away() {
    this.#since.clear();
  }

  /** What was seen up to here is remembered elsewhere. */
  forget(upTo) {
    for (const number of this.#seen) if (number <= upTo) this.#seen.delete(number);
  }
}
