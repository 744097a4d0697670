/* The server's clock, estimated from pings.

     const clock = new ServerClock();
     clock.learn(serverTime, sentAt, receivedAt);   // ms; the last two by clock.local()
     clock.now();                                   // the server's time in ms

   An answer was written somewhere between sending and receiving: taking the middle is wrong by half the trip at most.
   So the sample with the shortest trip counts, among the newest ones, since two clocks drift apart. The local side is
   monotonic: setting the machine's clock moves nothing here. */

const KEPT_SAMPLES = 16;
const KEPT_MS = 10 * 60_000;
// `hello` is no answer: nobody knows how long it was on its way. Any ping is better.
const UNKNOWN_TRIP_MS = 60_000;

export class ServerClock {
  /** @type {{offset: number, trip: number, at: number}[]} */
  #samples = [];
  #offset = 0;

  /** `local`: a clock that never jumps, in ms. */
  constructor(local = () => performance.timeOrigin + performance.now()) {
    this.local = local;
  }

  /**
   * A new connection, maybe to another server, maybe after a long sleep: what was known counts no longer.
   * @param {number} serverTime
   */
  restart(serverTime) {
    const now = this.local();
    this.#samples = [{ offset: serverTime - now, trip: UNKNOWN_TRIP_MS, at: now }];
    this.#choose(now);
  }

  /**
   * @param {number} serverTime
   * @param {number} sentAt
   * @param {number} receivedAt
   */
  learn(serverTime, sentAt, receivedAt) {
    const trip = Math.max(0, receivedAt - sentAt);
    this.#samples.push({ offset: serverTime + trip / 2 - receivedAt, trip, at: receivedAt });
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
    this.#choose(receivedAt);
  }

  /** @param {number} now */
  #choose(now) {
    const fresh = this.#samples.filter(({ at }) => now - at <= KEPT_MS);
    this.#offset = fresh.reduce((best, one) => (one.trip <= best.trip ? one : best)).offset;
  }

  now() {
    return this.local() + this.#offset;
  }
}
