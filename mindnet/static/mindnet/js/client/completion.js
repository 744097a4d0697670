/* What somebody who writes may mean before they have written it out: the word at the caret that begins with a sign, and
   which names and emoji fit it. */

/** @typedef {{sign: "@" | ":", word: string, start: number, end: number}} Begun `start` is where the sign stands */

// As the server finds mentions (messaging/mentions.py): not in the middle of a word, an address or a path.
const NAME = /(?<![\w@./-])@([A-Za-z0-9_.-]{0,30})$/;
// Two letters, since a colon and a third of a smile are typed oftener than an emoji's name.
const EMOJI = /(?<![\w:/])[:]([A-Za-z0-9_+-]{2,40})$/;
// The same places, for a name that was written out with its second colon.
const WRITTEN = /(?<![\w:/]):([A-Za-z0-9_+-]{2,60}):$/;
const GOES_ON = /^[\w-]/;
const PARTS = /[\s_.-]+/;

/**
 * The word that ends at the caret and begins with a sign; null where there is none, or it goes on behind the caret.
 * @param {string} text
 * @param {number} caret
 * @returns {Begun | null}
 */
export function wordAt(text, caret) {
  if (GOES_ON.test(text.slice(caret, caret + 1))) return null;
  const before = text.slice(Math.max(0, caret - 64), caret);
  const [sign, match] = NAME.test(before) ? /** @type {const} */ (["@", NAME.exec(before)])
    : /** @type {const} */ ([":", EMOJI.exec(before)]);
  return match && { sign, word: match[1], start: caret - match[1].length - 1, end: caret };
}

/**
 * The name between two colons that ends at the caret, or null.
 * @param {string} text
 * @param {number} caret
 * @returns {Begun | null}
 */
export function nameAt(text, caret) {
  const match = WRITTEN.exec(text.slice(Math.max(0, caret - 64), caret));
  return match && { sign: ":", word: match[1], start: caret - match[0].length, end: caret };
}

/**
 * The text with what was chosen in the place of what was begun, and a space behind it.
 * @param {string} text
 * @param {Pick<Begun, "start" | "end">} begun
 * @param {string} chosen
 */
export function completed(text, { start, end }, chosen) {
  const rest = text.slice(end);
  const space = /^\s/.test(rest) ? "" : " ";
  return { text: text.slice(0, start) + chosen + space + rest, caret: start + chosen.length + 1 };
}

/**
 * How well a name fits what was begun: 0 is the name, 1 begins with it, 2 has a part that does, 3 has it somewhere;
 * null where it is not in it.
 * @param {string} name
 * @param {string} word in lower case
 */
export function fit(name, word) {
  const lower = name.toLowerCase();
  if (lower === word) return 0;
  if (lower.startsWith(word)) return 1;
  if (lower.split(PARTS).some((part) => part.startsWith(word))) return 2;
  return lower.includes(word) ? 3 : null;
}

/**
 * Those that fit, the best first; among equals the order in which they are given.
 * @template One
 * @param {Iterable<One>} all
 * @param {string} word
 * @param {(one: One) => string[]} names
 * @param {number} most
 */
export function best(all, word, names, most) {
  const lower = word.toLowerCase();
  /** @type {One[][]} */
  const found = [[], [], [], []];
  for (const one of all) {
    const fits = names(one).map((name) => fit(name, lower)).filter((one) => one !== null);
    if (fits.length) found[Math.min(...fits)].push(one);
  }
  return found.flat().slice(0, most);
}
