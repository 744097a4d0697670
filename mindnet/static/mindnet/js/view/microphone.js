/* The microphone, for as long as somebody records.

     const microphone = await Microphone.open();      // raises what the browser says: see `refusalWords`
     microphone.start({mostBytes, onEnd: (blob) => …});
     microphone.level, microphone.seconds, microphone.secondsLeft
     microphone.stop();                               // onEnd gets what was recorded
     microphone.close();                              // and nobody listens any more */

// What browsers can write and play, the smaller ones first.
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
// Good for a voice: 6 KB a second.
const BITS_PER_SECOND = 48_000;
const LONGEST_SECONDS = 20 * 60;
// Of the bound, since what a browser writes is only about as large as it was asked for.
const SHARE = 0.9;
const PIECE_MS = 1000;
// Below it is silence to a microphone.
const FLOOR_DECIBELS = -60;

export class Microphone {
  #stream;
  #context;
  #analyser;
  #samples;
  #recorder;
  #pieces = [];
  #bytes = 0;
  #startedAt = 0;
  #longest = LONGEST_SECONDS;
  #timer = 0;

  constructor(stream) {
    this.#stream = stream;
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    // A browser may have it sleep when the click lies too far back, behind a question for permission.
    this.#context.resume();
  }

  /** Asks for it. Raises a DOMException when it is refused or not there, TypeError where no page may ask. */
  static async open() {
    if (!navigator.mediaDevices || !globalThis.MediaRecorder) throw new TypeError("no recording here");
    return new Microphone(await navigator.mediaDevices.getUserMedia({ audio: true }));
  }

  /** Records until `stop`, but no more than `mostBytes`. `onEnd` gets the whole as a Blob. */
  start({ mostBytes, onEnd }) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(this.#stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
    this.#longest = Math.min(LONGEST_SECONDS, Math.floor((mostBytes * SHARE * 8) / BITS_PER_SECOND));
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#gather(data, mostBytes * SHARE));
    this.#recorder.addEventListener("stop", () => {
      clearTimeout(this.#timer);
      onEnd(new Blob(this.#pieces, { type: this.#recorder.mimeType.split(";")[0] }));
    });
    this.#recorder.start(PIECE_MS);
    this.#startedAt = performance.now();
    this.#timer = setTimeout(() => this.stop(), this.#longest * 1000);
  }

  #gather(piece, most) {
    this.#pieces.push(piece);
    this.#bytes += piece.size;
    if (this.#bytes > most) this.stop();
  }

  get seconds() {
    return (performance.now() - this.#startedAt) / 1000;
  }

  get secondsLeft() {
    return Math.max(0, Math.ceil(this.#longest - this.seconds));
  }

  /** How loud it is now, from 0 to 1. */
  get level() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    const decibels = 10 * Math.log10(power || Number.MIN_VALUE);
    return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DECIBELS));
  }

  stop() {
    if (this.#recorder?.state === "recording") this.#recorder.stop();
  }

  close() {
    this.stop();
    for (const track of this.#stream.getTracks()) track.stop();
    if (this.#context.state !== "closed") this.#context.close();
  }
}

/** Why there is no microphone, and what one can do about it. */
export function refusalWords({ name }) {
  if (name === "NotAllowedError") {
    return "The microphone was refused. Allow it for this page in your browser, beside the address, and try again.";
  }
  if (name === "NotFoundError") return "No microphone was found. Plug one in, and try again.";
  if (name === "NotReadableError") return "The microphone is taken by another program. Close that, and try again.";
  return "This browser cannot record here. It needs a newer one, or an address that begins with https.";
}

/** The end of a name of a file of this kind. */
export function suffixOf({ type }) {
  return { "audio/webm": "webm", "audio/ogg": "ogg" }[type] ?? "m4a";
}
