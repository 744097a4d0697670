/* Who is writing. TypingSender tells, at most once in three seconds; TypingList remembers what it was told. */

const SEND_EVERY_SECONDS = 3;
// The server says it again while it is true; a little longer than the 8 s it shows it for.
const FORGET_SECONDS = 10;

export class TypingSender {
  #send;
  #lastSent = 0;
  #isOn = false;

  /** @param {(isOn: boolean) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /** A key was pressed and there is text. */
  input() {
    if (Date.now() - this.#lastSent < SEND_EVERY_SECONDS * 1000) return;
    this.#lastSent = Date.now();
    this.#isOn = true;
    this.#send(true);
  }

  /** The text was sent or taken back. */
  stop() {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#lastSent = 0;
    this.#send(false);
  }
}

export class TypingList {
  /** @type {string[]} */
  #names = [];
  #timer = 0;
  #changed;

  /** @param {(words: {names: string[], rest: string}) => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /**
   * The whole list, as `typing.changed` carries it, without oneself.
   * @param {string[]} names
   */
  set(names) {
    clearTimeout(this.#timer);
    this.#names = names;
    if (names.length) this.#timer = setTimeout(() => this.set([]), FORGET_SECONDS * 1000);
    this.#changed(typingWords(names));
  }

  /**
   * This one's message has arrived, so they are not writing it any more.
   * @param {string} name
   */
  remove(name) {
    if (this.#names.includes(name)) this.set(this.#names.filter((other) => other !== name));
  }
}

/**
 * `{names, rest}` to be put together by the view, which wraps every name on its own.
 * @param {string[]} names
 */
export function typingWords(names) {
  if (names.length <= 3) return { names, rest: names.length === 1 ? " is writing" : " are writing" };
  return { names: names.slice(0, 2), rest: ` and ${names.length - 2} others are writing` };
}
