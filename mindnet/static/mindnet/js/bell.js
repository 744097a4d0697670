/* A bell out of sine waves: a struck bowl, no file. Whether it sounds is kept on this device. */

const KEY = "mindnet.bell";
// Partials of a singing bowl: how high over the ground tone, how loud, how many seconds until it has faded.
const PARTIALS = [[1, 0.5, 7], [2.71, 0.26, 5], [5.15, 0.12, 3], [8.43, 0.05, 1.6], [1.004, 0.3, 7]];
const GROUND_HERTZ = 196;
const STRIKE_SECONDS = 0.012;

export class Bell {
  #storage;
  #context = null;

  constructor(storage = localStorage) {
    this.#storage = storage;
  }

  get isOn() {
    return this.#storage.getItem(KEY) !== "off";
  }

  set isOn(on) {
    this.#storage.setItem(KEY, on ? "on" : "off");
    if (on) this.prepare();
  }

  /** Browsers let a page sound only after somebody has pressed something: call it from there. */
  prepare() {
    try {
      this.#context ??= new AudioContext();
      // Without a loudspeaker this never ends; nobody waits for it.
      this.#context.resume().catch(() => { /* the next press tries again */ });
    } catch {
      this.#context = null;
    }
  }

  ring() {
    const context = this.#context;
    if (!this.isOn || context?.state !== "running") return;
    const out = context.createGain();
    out.gain.value = 0.4;
    out.connect(context.destination);
    for (const [height, loudness, seconds] of PARTIALS) this.#strike(out, height, loudness, seconds);
  }

  #strike(out, height, loudness, seconds) {
    const { currentTime: now } = this.#context;
    const tone = this.#context.createOscillator();
    const volume = this.#context.createGain();
    tone.frequency.value = GROUND_HERTZ * height;
    volume.gain.setValueAtTime(0.0001, now);
    volume.gain.exponentialRampToValueAtTime(loudness, now + STRIKE_SECONDS);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + seconds);
    tone.connect(volume).connect(out);
    tone.start(now);
    tone.stop(now + seconds);
  }
}
