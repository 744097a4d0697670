/* The part of a search that only this browser can do: it says how far it is, and shows what it finds as it finds it. */

import { RestError } from "../client/rest.js";
import { searchSealed } from "../client/sealed_search.js";
import { offWords } from "../client/sealing_words.js";
import { bdi, find, h } from "../view/dom.js";
import { resultElement } from "../view/sealed_result.js";

// More are not read: a narrower question finds what is looked for.
const SHOWN_MOST = 100;

export async function lookThrough(client, { links, asked }) {
  const box = find("[data-sealed-search]"), words = find("[data-sealed-words]");
  const list = h("ol", { class: "results" }), progress = h("progress", { max: "1", value: "0", "aria-label": "How far it is" });
  let isStopped = false;
  const gone = takeAwayGone(client, list, () => (isStopped = true));
  const stop = h("button", { class: "button small ghost", type: "button", onclick: () => (isStopped = true) }, "Stop");
  const bar = h("p", { class: "sealed-progress" }, progress, stop);
  words.after(bar);
  box.append(list);
  words.textContent = "Looking…";
  let last = { looked: 0, unread: 0 };
  try {
    const sealing = await client.sealing();
    if (sealing.off) return void (words.textContent = offWords(sealing.off));
    const sources = {
      me: client.me,
      fetchPage: (room, params) => client.rest.fetchPage(room, params),
      linkOf: ({ room, other }) => sealing.linkOf(room, other),
    };
    for await (last of searchSealed(links, asked, sources)) {
      progress.value = last.part;
      const hits = last.hits.filter(({ message }) => !gone.has(message.id));
      list.append(...hits.slice(0, SHOWN_MOST - list.children.length).map(resultElement));
      if (isStopped || list.children.length >= SHOWN_MOST) break;
    }
    words.replaceChildren(...foundWords(list.children.length, last, isStopped));
  } catch (error) {
    if (!(error instanceof RestError || error instanceof TypeError)) throw error;
    words.textContent = "The server is not reached. Search again in a moment.";
  } finally {
    bar.remove();
  }
}

/** What is deleted meanwhile does not stay; and what was deleted while this page heard nothing is not known: all goes then. */
function takeAwayGone(client, list, stop) {
  const gone = new Set();
  let hasHeard = client.connection.isLive;
  client.connection.on("event", ({ type, payload }) => {
    if (type !== "message.updated" || !payload.deleted) return;
    gone.add(payload.id);
    list.querySelector(`[data-id="${payload.id}"]`)?.remove();
  });
  client.connection.on("state", ({ name }) => {
    if (name === "live" && hasHeard && list.children.length) {
      stop();
      list.replaceChildren(h("li", { class: "card" }, "You were away meanwhile. Search again to see what is there now."));
    }
    hasHeard ||= name === "live";
  });
  return gone;
}

function foundWords(found, { looked, unread }, isStopped) {
  const among = `${found || "Nothing"} found in ${looked === 1 ? "1 message" : `${looked} messages`}`;
  const end = found >= SHOWN_MOST ? " Those are the newest: ask for more words to look further back." : isStopped ? " Stopped." : "";
  const closed = unread ? ` ${unread} of them cannot be opened on this device.` : "";
  return [`${among}, newest first.`, closed, end].map((one) => bdi(one));
}
