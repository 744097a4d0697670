/* Marks around what is selected in a field: "b", "i", "e", "k" and "X" are the keys. What has the mark already loses it.
   The browser's own undo takes it back. Brought when it is first used. */

const MARKS = { b: "**", i: "*", e: "`", X: "~~" };
const FENCE = "```";
const ADDRESS = "https://";

/**
 * @param {HTMLTextAreaElement} input
 * @param {string} key
 */
export function format(input, key) {
  const change = formatted(input.value, input.selectionStart, input.selectionEnd, key);
  if (change) replace(input, change);
}

/**
 * What a key does to a selection: the part that is replaced, by what, and what is selected then. Null for other keys.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {string} key
 */
export function formatted(text, start, end, key) {
  if (key !== "k" && !(key in MARKS)) return null;
  // A mark does not hold beside a space.
  while (start < end && /\s/.test(text[start])) start++;
  while (start < end && /\s/.test(text[end - 1])) end--;
  const words = text.slice(start, end);
  if (key === "k") return link(words, start, end);
  if (key === "e" && words.includes("\n")) return around(words, start, end, `${FENCE}\n`, `\n${FENCE}`);
  const mark = MARKS[key], length = mark.length;
  if (!hasMark(text, start, end, mark)) return around(words, start, end, mark, mark);
  return { from: start - length, to: end + length, by: words, select: [start - length, end - length] };
}

function around(words, start, end, before, after) {
  return {
    from: start, to: end, by: before + words + after, select: [start + before.length, start + before.length + words.length],
  };
}

function link(words, start, end) {
  if (/^https?:\/\/\S+$/.test(words)) return { from: start, to: end, by: `[](${words})`, select: [start + 1, start + 1] };
  const address = start + words.length + 3;
  return { from: start, to: end, by: `[${words}](${ADDRESS})`, select: [address, address + ADDRESS.length] };
}

/** Two asterisks are not one and one: three are both. */
function hasMark(text, start, end, mark) {
  const run = (place, step) => {
    let length = 0;
    while (text[place + step * length] === mark[0]) length++;
    return length;
  };
  const count = Math.min(run(start - 1, -1), run(end, 1));
  return count === mark.length || (mark[0] === "*" && count === 3);
}

/** Typed, as far as the browser knows, so that its undo knows it too. */
function replace(input, { from, to, by, select }) {
  input.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, by)) {
    input.setRangeText(by, from, to);
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  input.setSelectionRange(...select);
}

/**
 * Whether a text ends within a block of code that was begun and not closed.
 * @param {string} text
 */
export function isInCode(text) {
  let open = 0;
  for (const line of text.split("\n")) {
    const [, fence, beside] = /^ {0,3}(`{3,})([^`]*)$/.exec(line) ?? [null, "", ""];
    if (!fence) continue;
    if (!open) open = fence.length;
    else if (fence.length >= open && !beside.trim()) open = 0;
  }
  return open > 0;
}
