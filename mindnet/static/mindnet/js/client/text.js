/* Text as data: addresses in it, one line of it, its length as the server counts, emoji. No DOM here. */

import { filesInWords } from "./attachments.js";

/** @import { Message } from "./shapes.js" */

const LINK = /https?:\/\/[^\s<>"]+/gi;
const TRAILING = /[.,;:!?'*_~]+$/;
const SNIPPET = 120;

/**
 * Splits text into parts that are links and parts that are not. Only http and https become links.
 * @param {string} text
 */
export function linkParts(text) {
  /** @type {{text: string, href?: string}[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const url = withoutTail(match[0]);
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: url, href: url });
    end = match.index + url.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/**
 * What belongs to the sentence and not to the address: full stops, and a bracket that was opened before it.
 * @param {string} url
 */
function withoutTail(url) {
  const trimmed = url.replace(TRAILING, "");
  const isUnbalanced = trimmed.endsWith(")") && trimmed.split("(").length < trimmed.split(")").length;
  return isUnbalanced ? trimmed.slice(0, -1) : trimmed;
}

/**
 * One line of a message, for where it is quoted.
 * @param {Pick<Message, "content" | "deleted" | "attachments">} message
 */
export function snippet(message) {
  if (message.deleted) return "deleted";
  const said = message.content || !message.attachments.length ? message.content : filesInWords(message.attachments);
  const text = said.split(/\s+/).join(" ").trim();
  const points = [...text];
  return points.length <= SNIPPET ? text : points.slice(0, SNIPPET - 1).join("") + "…";
}

/**
 * The server counts code points, JavaScript halves of pairs.
 * @param {string} text
 */
export function codePoints(text) {
  return [...text].length;
}

const EMOJI_STYLE = /\uFE0F/g;

/**
 * An emoji without what asks for its colours.
 * @param {string} emoji
 */
export function bare(emoji) {
  return emoji.replace(EMOJI_STYLE, "");
}

/**
 * Whether two reactions are one: an emoji may be written with what asks for its colours, or without.
 * @param {string} one
 * @param {string} other
 */
export function isSameEmoji(one, other) {
  return bare(one) === bare(other);
}
