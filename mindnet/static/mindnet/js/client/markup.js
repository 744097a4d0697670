/* What a text means: the grammar of docs/markup.md as a tree. The same as messaging/markup.py, function by function; the
   reasons stand there.

     blocks:   ["p", inlines], ["quote", blocks], ["pre", word, text], ["ul", [blocks, …]], ["ol", [[number, blocks], …]]
     inlines:  text, ["strong" | "em" | "del" | "spoiler", inlines], ["code", text], ["url", address],
               ["link", address, inlines], ["mention", name] */

import { Inlines, plainInlines } from "./markup_inlines.js";

export { plainInlines };

/** @import { Tree } from "./markup_inlines.js" */

const DEPTH_MOST = 4;

const FENCE = /^ {0,3}(`{3,})([^`]*)$/;
const FENCE_END = /^ {0,3}(`{3,})[ \t]*$/;
const FENCE_WORD = /^[A-Za-z0-9+#._-]{0,20}$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*]|(?:0|[1-9][0-9]{0,8})\.)[ \t]+(?=[^ \t])/;
const MARGIN = /^[ \t]*/;
const EDGES = /^[ \t]+|[ \t]+$/g;
const BLANK = /^[ \t]*$/;

/**
 * The blocks of a text. No letter is lost: what is no mark of the grammar stays a word.
 * @param {string} text
 */
export function parse(text) {
  return blocks(text.split("\n"), 0);
}

/**
 * The words alone, for a line in a list or a notification. What a spoiler hides stays hidden.
 * @param {Tree} tree
 * @returns {string}
 */
export function plain(tree) {
  return tree.map(([kind, inner, text]) => {
    if (kind === "quote") return plain(inner);
    if (kind === "pre") return text;
    if (kind === "ul") return inner.map((/** @type {Tree} */ item) => `• ${plain(item)}`).join("\n");
    if (kind === "ol") return inner.map((/** @type {Tree} */ [number, item]) => `${number}. ${plain(item)}`).join("\n");
    return plainInlines(inner);
  }).join("\n");
}

/**
 * @param {string[]} lines
 * @param {number} depth
 */
function blocks(lines, depth) {
  /** @type {Tree} */
  const out = [];
  /** @type {string[]} */
  let loose = [];
  const ends = fenceEnds(lines);
  let at = 0;
  while (at < lines.length) {
    const block = fenced(lines, at, ends) ?? (depth < DEPTH_MOST ? contained(lines, at, depth) : null);
    if (!block) {
      loose.push(lines[at++]);
      continue;
    }
    addParagraph(out, loose);
    loose = [];
    out.push(block[0]);
    at = block[1];
  }
  addParagraph(out, loose);
  return out;
}

/**
 * @param {Tree} out
 * @param {string[]} lines
 */
function addParagraph(out, lines) {
  let first = 0, end = lines.length;
  while (first < end && isBlank(lines[first])) first++;
  while (first < end && isBlank(lines[end - 1])) end--;
  if (first < end) out.push(["p", new Inlines(lines.slice(first, end).join("\n")).read()]);
}

/** @param {string} line */
const isBlank = (line) => BLANK.test(line);

/** @param {string[]} lines */
function fenceEnds(lines) {
  const ends = Array(lines.length + 1).fill(0);
  for (let at = lines.length - 1; at >= 0; at--) {
    ends[at] = Math.max(ends[at + 1], FENCE_END.exec(lines[at])?.[1].length ?? 0);
  }
  return ends;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number[]} ends
 * @returns {[Tree, number] | null}
 */
function fenced(lines, at, ends) {
  const [, fence, beside] = FENCE.exec(lines[at]) ?? [null, "", ""];
  if (!fence || ends[at + 1] < fence.length) return null;
  let end = at + 1;
  while ((FENCE_END.exec(lines[end])?.[1].length ?? 0) < fence.length) end++;
  let word = beside.replace(EDGES, "");
  const inner = lines.slice(at + 1, end);
  if (!FENCE_WORD.test(word)) {
    word = "";
    inner.unshift(beside);
  }
  return inner.every(isBlank) ? null : [["pre", word, inner.join("\n")], end + 1];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 */
function contained(lines, at, depth) {
  const quote = QUOTE.exec(lines[at]);
  if (quote && !isBlank(lines[at].slice(quote[0].length))) return quoted(lines, at, depth);
  const item = ITEM.exec(lines[at]);
  return item && listed(lines, at, depth, isNumber(item));
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @returns {[Tree, number]}
 */
function quoted(lines, at, depth) {
  const inner = [];
  for (let mark; at < lines.length && (mark = QUOTE.exec(lines[at])); at++) inner.push(lines[at].slice(mark[0].length));
  return [["quote", blocks(inner, depth + 1)], at];
}

/** @param {RegExpExecArray} item */
const isNumber = (item) => item[2] !== "-" && item[2] !== "*";

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {boolean} isOrdered
 */
function itemAt(lines, at, isOrdered) {
  const item = at < lines.length ? ITEM.exec(lines[at]) : null;
  return item && isNumber(item) === isOrdered ? item : null;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {boolean} isOrdered
 * @returns {[Tree, number]}
 */
function listed(lines, at, depth, isOrdered) {
  const items = [];
  for (let item; (item = itemAt(lines, at, isOrdered));) {
    const [inner, end] = itemLines(lines, at, item);
    const tree = blocks(inner, depth + 1);
    items.push(isOrdered ? [Number(item[2].slice(0, -1)), tree] : tree);
    at = end < lines.length && isBlank(lines[end]) && itemAt(lines, end + 1, isOrdered) ? end + 1 : end;
  }
  return [[isOrdered ? "ol" : "ul", items], at];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {RegExpExecArray} item
 * @returns {[string[], number]}
 */
function itemLines(lines, at, item) {
  const indent = item[1].length + 2, width = item[1].length + item[2].length + 1;
  const inner = [lines[at++].slice(item[0].length)];
  for (; at < lines.length; at++) {
    if (isIndented(lines[at], indent)) inner.push(dedented(lines[at], width));
    else if (isBlank(lines[at]) && at + 1 < lines.length && isIndented(lines[at + 1], indent)) inner.push("");
    else break;
  }
  return [inner, at];
}

/**
 * @param {string} line
 * @param {number} columns
 */
function isIndented(line, columns) {
  const [margin] = /** @type {RegExpExecArray} */ (MARGIN.exec(line));
  return margin !== line && (margin.includes("\t") || margin.length >= columns);
}

/**
 * @param {string} line
 * @param {number} columns
 */
function dedented(line, columns) {
  let at = 0;
  while (at < columns && (line[at] === " " || line[at] === "\t")) if (line[at++] === "\t") break;
  return line.slice(at);
}
