/* The lobby: my rooms stay current over the socket; who is online is asked for every half minute while one looks. */

import { find } from "../view/dom.js";
import { drawOnline } from "../view/people.js";
import { livePage, pageData } from "./page.js";

const ASK_SECONDS = 30;

const { client } = livePage(pageData());
const list = find("[data-online]");

async function refreshPeople() {
  if (document.visibilityState !== "visible" || !client.connection.isLive) return;
  // Redrawing under somebody's fingers would take the button away that they are about to press.
  if (list.contains(document.activeElement)) return;
  const { results } = await client.rest.getJson("/presence/online?limit=100");
  const others = results.filter(({ id }) => id !== client.me.id).sort(byName);
  drawOnline(list, others, find("[name=csrfmiddlewaretoken]").value);
  find("[data-nobody]").hidden = others.length > 0;
}

/** @type {(one: {username: string}, other: {username: string}) => number} */
const byName = (one, other) => (one.username < other.username ? -1 : 1);

function refresh() {
  refreshPeople().catch(() => { /* The connection line already says that the server is not reached. */ });
}

setInterval(refresh, ASK_SECONDS * 1000);
document.addEventListener("visibilitychange", refresh);
client.connection.on("state", refresh);
client.start();
