/* Texts as searches compare them: without case, accents, and what shows nothing; see rooms/folding.py.

     fold("Comète")                       // "comete"
     piecesOf("A Comète tonight", ["comete"])   // [{text: "A ", isFound: false}, {text: "Comète", isFound: true}, …] */

// What shows nothing, and marks beside a letter: accents, the points of Hebrew and Arabic.
const UNSEEN = /[\p{Cf}\p{Variation_Selector}]/gu;
const MARKS = /[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f]/gu;
// A letter, with what stands on it.
const LETTER = /\P{M}\p{M}*|\p{M}+/gu;
// A long text is shown from so many characters ahead of what was found first.
const AHEAD = 80, EXCERPT = 320;

/** @typedef {{text: string, isFound: boolean}} FoundPiece */

/** @param {string} text */
export function fold(text) {
  const spread = text.replace(UNSEEN, "").toLowerCase().replaceAll("ß", "ss").normalize("NFKD").replace(MARKS, "");
  return spread.normalize("NFKC").toLowerCase();
}

/**
 * Folded, with one space for each stretch of blank.
 * @param {string} text
 */
export function searchable(text) {
  return fold(text).split(/\s+/).filter(Boolean).join(" ");
}

/**
 * The text, or an excerpt around what was found first, in pieces of which some are one of the folded words.
 * @param {string} text
 * @param {string[]} words
 * @returns {FoundPiece[]}
 */
export function piecesOf(text, words) {
  const spans = merged(spansOf(text, words));
  const start = text.length > EXCERPT && spans.length ? Math.max(0, Math.min(spans[0][0] - AHEAD, text.length - EXCERPT)) : 0;
  const end = Math.min(text.length, start + EXCERPT), pieces = [{ text: start ? "… " : "", isFound: false }];
  let at = start;
  for (const [first, last] of spans.filter(([from]) => from < end)) {
    pieces.push({ text: text.slice(at, first), isFound: false }, { text: text.slice(first, Math.min(last, end)), isFound: true });
    at = Math.min(last, end);
  }
  pieces.push({ text: text.slice(at, end), isFound: false }, { text: end < text.length ? " …" : "", isFound: false });
  return pieces.filter((piece) => piece.text);
}

/**
 * From where to where each word stands.
 * @param {string} text
 * @param {string[]} words
 * @returns {[number, number][]}
 */
function spansOf(text, words) {
  const { folded, spots } = spread(text);
  /** @type {[number, number][]} */
  const spans = [];
  for (const word of words.filter(Boolean)) {
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
      spans.push([spots[at][0], spots[at + word.length - 1][1]]);
    }
  }
  return spans;
}

/**
 * The folded text, and for each of its characters from where to where the letter stands that it comes from.
 * @param {string} text
 */
function spread(text) {
  /** @type {[number, number][]} */
  const spots = [];
  let folded = "";
  for (const { 0: letter, index } of text.matchAll(LETTER)) {
    let one = fold(letter);
    if (/^\s+$/.test(one)) one = folded.endsWith(" ") ? "" : " ";
    folded += one;
    for (let count = 0; count < one.length; count++) spots.push([index, index + letter.length]);
  }
  return { folded, spots };
}

/** @param {[number, number][]} spans */
function merged(spans) {
  /** @type {[number, number][]} */
  const found = [];
  for (const [start, end] of spans.sort(([one], [other]) => one - other)) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}
