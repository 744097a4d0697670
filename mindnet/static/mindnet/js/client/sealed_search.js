/* Looks through sealed mind-links, newest messages first: page by page they are fetched, opened, and held against what is asked.

     for await (const { hits, part, looked } of searchSealed(links, asked, sources)) …

   The server has read the question (messaging/search_language.py), and says which links it is about. */

import { kindOf } from "./attachments.js";
import { piecesOf, searchable } from "./folding.js";
import { parse, plain } from "./markup.js";

/** @import { FoundPiece } from "./folding.js" */
/** @import { MindLink } from "./mind_link.js" */
/** @import { Shown } from "./opened_messages.js" */
/** @import { MessagePage } from "./rest.js" */
/** @import { Psychic } from "./shapes.js" */

const PAGE = 100;
const ADDRESS = /https?:\/\/\S/;

/** @typedef {{room: number, name: string, other: Psychic, last_seq: number}} SearchedLink */

/**
 * What to look for; `words` and `without` are folded, the rest as in the language of searches.
 * @typedef {object} Asked
 * @property {string[]} words
 * @property {string[]} without
 * @property {string | null} sender
 * @property {string[]} has
 * @property {string | null} since
 * @property {string | null} until
 */

/** @typedef {{link: SearchedLink, message: Shown, pieces: FoundPiece[]}} Hit */
/** `part` of all, 0 to 1; `looked`: how many messages so far, `unread`: how many of them cannot be opened here.
 * @typedef {{hits: Hit[], part: number, looked: number, unread: number}} Progress */

/**
 * @typedef {object} Sources
 * @property {Psychic} me
 * @property {(room: number, params: Record<string, number>) => Promise<MessagePage>} fetchPage
 * @property {(link: SearchedLink) => MindLink} linkOf
 */

/**
 * Raises what `fetchPage` raises, and what opening does where the logs are not to be had.
 * @param {SearchedLink[]} links
 * @param {Asked} asked
 * @param {Sources} sources
 * @returns {AsyncGenerator<Progress>}
 */
export async function* searchSealed(links, asked, sources) {
  const all = links.reduce((sum, link) => sum + link.last_seq, 0) || 1;
  let looked = 0, unread = 0, behind = 0;
  for (const link of links) {
    for (let before = link.last_seq + 1; before > 1;) {
      const { results } = await sources.fetchPage(link.room, { before, limit: PAGE });
      before = results.length < PAGE || isBefore(asked.since, results[0].timestamp) ? 1 : results[0].seq;
      const sealed = results.filter((message) => message.message_type === "sealed" && !message.deleted).reverse();
      const opened = sources.linkOf(link);
      await opened.open(sealed);
      const shown = sealed.map((message) => opened.asShown(message));
      looked += sealed.length;
      unread += shown.filter(({ is_opened: isOpened }) => !isOpened).length;
      const hits = shown.filter((message) => isMeant(message, asked, sources.me)).map((message) => ({
        link, message, pieces: piecesOf(readable(message, asked.words), asked.words),
      }));
      yield { hits, part: (behind + link.last_seq - before + 1) / all, looked, unread };
    }
    behind += link.last_seq;
  }
}

/**
 * @param {Shown} message
 * @param {Asked} asked
 * @param {Psychic} me
 */
function isMeant(message, { words, without, sender, has, since, until }, me) {
  if (!message.is_opened || isBefore(since, message.timestamp) || (until && !isBefore(until, message.timestamp))) return false;
  const name = sender?.toLowerCase();
  if (name && message.sender.username.toLowerCase() !== name && !(name === "me" && message.sender.id === me.id)) return false;
  if (!has.every((kind) => hasKind(message, kind))) return false;
  const said = [message.content, ...message.attachments.map((file) => file.name)].map(searchable).join("\n");
  return words.every((word) => said.includes(word)) && !without.some((word) => said.includes(word));
}

/**
 * @param {Shown} message
 * @param {string} kind
 */
function hasKind({ attachments, content }, kind) {
  if (kind === "link") return ADDRESS.test(content);
  return attachments.some((file) => kind === "file" || kindOf(file) === kind);
}

/**
 * Whether a moment lies before the one that is asked for.
 * @param {string | null} asked
 * @param {string} moment
 */
function isBefore(asked, moment) {
  return asked !== null && Date.parse(moment) < Date.parse(asked);
}

/**
 * Without the marks in it; as it was written where a word stands in what is not read, such as the address of a link.
 * @param {Shown} message
 * @param {string[]} words
 */
function readable({ content }, words) {
  const read = plain(parse(content)), folded = searchable(read), whole = searchable(content);
  return words.every((word) => folded.includes(word) || !whole.includes(word)) ? read : content;
}
