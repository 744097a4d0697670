/* Text as data: one line of it, its length as the server counts, emoji. No DOM here. */

import { filesInWords } from "./attachments.js";
import { parse, plain } from "./markup.js";

/** @import { Message } from "./shapes.js" */

const SNIPPET = 120;

/**
 * One line of a message, without marks, for where it is quoted.
 * @param {Pick<Message, "content" | "deleted" | "attachments" | "message_type">} message
 */
export function snippet(message) {
  if (message.deleted) return "deleted";
  if (message.message_type === "sealed") return "Sealed message";
  const words = plain(parse(message.content));
  const said = words || !message.attachments.length ? words : filesInWords(message.attachments);
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
