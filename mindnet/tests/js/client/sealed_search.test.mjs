/* Looking through what was sealed, in the browser: page by page, for what the server has understood of the question. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fold, piecesOf, searchable } from "../../../static/mindnet/js/client/folding.js";
import { searchSealed } from "../../../static/mindnet/js/client/sealed_search.js";

const ME = { id: 1, username: "ada" }, BOB = { id: 2, username: "Bob" };
const NOTHING = { words: [], without: [], sender: null, has: [], since: null, until: null };

/** A link of so many messages that say their number; those that are divided by 10 cannot be opened. */
function world(count) {
  const said = (seq) => ({ content: `**Comète** number ${seq}`, attachments: seq % 7 ? [] : [{ name: "Route.txt", media_type: "text/plain" }] });
  const messages = Array.from({ length: count }, (_, index) => ({
    id: 1000 + index, seq: index + 1, message_type: index === 2 ? "text" : "sealed", deleted: index === 3, content: "sealed",
    sender: index % 2 ? BOB : ME, timestamp: new Date(Date.UTC(2026, 10, 1 + index)).toISOString(),
  }));
  const opened = new Set(), pages = [];
  const sources = {
    me: ME,
    fetchPage: async (room, { before, limit }) => {
      pages.push(before);
      return { results: messages.filter(({ seq }) => seq < before).slice(-limit) };
    },
    linkOf: () => ({
      open: async (ones) => ones.forEach(({ id }) => opened.add(id)),
      asShown: (message) => (message.seq % 10 && opened.has(message.id) ? { ...message, ...said(message.seq), is_opened: true }
        : { ...message, content: "", attachments: [] }),
    }),
  };
  return { sources, pages, links: [{ room: 12, name: "Bob", other: BOB, last_seq: count }] };
}

async function found({ sources, links }, asked) {
  const seqs = [];
  let last = null;
  for await (last of searchSealed(links, { ...NOTHING, ...asked }, sources)) seqs.push(...last.hits.map(({ message }) => message.seq));
  return { seqs, ...last };
}

test("all of it is looked through, newest first, and how far one is is told", async () => {
  const one = world(250);
  const { seqs, looked, unread, part } = await found(one, { words: ["comete"] });
  assert.deepEqual(one.pages, [251, 151, 51]);
  assert.deepEqual([seqs.length, seqs.slice(0, 3), looked, unread, part], [223, [249, 248, 247], 248, 25, 1]);
});

test("words, names of files, whose, when and what with: as the server has read the question", async () => {
  const one = world(30);
  const seqs = async (asked) => (await found(one, asked)).seqs;
  assert.deepEqual(await seqs({ words: ["number 1"], without: ["number 11", "number 12"] }), [19, 18, 17, 16, 15, 14, 13, 1]);
  assert.deepEqual(await seqs({ words: ["route"] }), [28, 21, 14, 7]);
  assert.deepEqual(await seqs({ has: ["file"], sender: "bob" }), [28, 14]);
  assert.deepEqual(await seqs({ sender: "me", since: "2026-11-25T00:00:00Z" }), [29, 27, 25]);
  assert.deepEqual(await seqs({ sender: "ME", until: "2026-11-06T00:00:00Z" }), [5, 1]);
  assert.deepEqual(await seqs({ has: ["link"] }), []);
});

test("texts are folded as the server folds them, and shown as they were written", () => {
  assert.deepEqual(["Comète", "STRAẞE", "ｆｕｌｌ", "so\u00adft", "ﬁn"].map(fold), ["comete", "strasse", "full", "soft", "fin"]);
  assert.equal(searchable("  Full \n MOON "), "full moon");
  assert.deepEqual(piecesOf("A Comète  tonight", ["comete tonight"]).map(({ text, isFound }) => [text, isFound]),
    [["A ", false], ["Comète  tonight", true]]);
  const [start, , word] = piecesOf(`${"x ".repeat(300)}moon`, ["moon"]);
  assert.deepEqual([start.text, word.text], ["… ", "moon"]);
});
