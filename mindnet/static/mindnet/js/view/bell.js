/* A bell out of sine waves: a struck bowl, no file. Whether it sounds is kept on this device.

   Bells to come are handed to the audio hardware's own clock ahead of time: a browser slows down the timers of a page
   that is out of sight, but not the sound that is planned already. */

const KEY = "mindnet.bell";
// Partials of a singing bowl: how high over the ground tone, how loud, how many seconds until it has faded.
const PARTIALS = [[1, 0.5, 7], [2.71, 0.26, 5], [5.15, 0.12, 3], [8.43, 0.05, 1.6], [1.004, 0.3, 7]];
const GROUND_HERTZ = 196;
const STRIKE_SECONDS = 0.012;
const LOUDNESS = 0.4;
const SILENT = 0.0001; // a volume that falls exponentially never reaches nothing
// So far ahead bells are planned; who plans again sooner than that misses none.
const AHEAD_SECONDS = 15 * 60;

export class Bell {
  #storage;
  #context = null;
  #planned = [];

  constructor(storage) {
    this.#storage = storage;
  }

  get isOn() {
    return this.#storage.getItem(KEY) !== "off";
  }

  set isOn(on) {
    this.#storage.setItem(KEY, on ? "on" : "off");
  }

  /** Browsers let a page sound only after somebody has pressed something: call it from there. */
  async prepare() {
    try {
      this.#context ??= new AudioContext();
      await this.#context.resume();
    } catch {
      this.#context = null; // no loudspeaker, or no permission: the next press tries again
    }
  }

  ring() {
    if (this.isOn && this.#isReady) this.#strikeAll(this.#context.currentTime);
  }

  /** Bells in so many seconds each, in place of all that were planned and have not begun. */
  plan(seconds) {
    if (!this.#isReady) return;
    const now = this.#context.currentTime;
    for (const { out, at } of this.#planned) {
      if (at > now) out.disconnect();
    }
    const coming = this.isOn ? seconds.filter((one) => one >= 0 && one < AHEAD_SECONDS) : [];
    this.#planned = coming.map((one) => ({ at: now + one, out: this.#strikeAll(now + one) }));
  }

  get #isReady() {
    return this.#context?.state === "running";
  }

  #strikeAll(at) {
    const out = this.#context.createGain();
    out.gain.value = LOUDNESS;
    out.connect(this.#context.destination);
    for (const [height, loudness, seconds] of PARTIALS) this.#strike(out, at, { height, loudness, seconds });
    return out;
  }

  #strike(out, at, { height, loudness, seconds }) {
    const tone = this.#context.createOscillator();
    const volume = this.#context.createGain();
    tone.frequency.value = GROUND_HERTZ * height;
    volume.gain.setValueAtTime(SILENT, at);
    volume.gain.exponentialRampToValueAtTime(loudness, at + STRIKE_SECONDS);
    volume.gain.exponentialRampToValueAtTime(SILENT, at + seconds);
    tone.connect(volume).connect(out);
    tone.start(at);
    tone.stop(at + seconds);
  }
}
