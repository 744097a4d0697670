/* The lobby: my rooms stay current over the socket; who is online, and who invites where to, is asked for every half
   minute while one looks. */

import { find } from "../view/dom.js";
import { drawInvitations } from "../view/invitations.js";
import { drawOnline } from "../view/people.js";
import { livePage, pageData } from "./page.js";

const ASK_SECONDS = 30;

const { client } = livePage(pageData());
const list = find("[data-online]"), invited = find("[data-invited]");

const canAsk = () => document.visibilityState === "visible" && client.connection.isLive;
const csrfToken = () => find("[name=csrfmiddlewaretoken]").value;

async function refreshPeople() {
  if (!canAsk()) return;
  // Redrawing under somebody's fingers would take the button away that they are about to press.
  if (list.contains(document.activeElement)) return;
  const { results } = await client.rest.getJson("/presence/online?limit=100");
  const others = results.filter(({ id }) => id !== client.me.id && !client.blocked.has(id)).sort(byName);
  drawOnline(list, others);
  find("[data-nobody]").hidden = others.length > 0;
}

async function refreshInvitations() {
  if (!canAsk()) return;
  const { results } = await client.rest.getJson("/psychics/me/invitations?limit=100");
  if (invited.contains(document.activeElement)) return;
  drawInvitations(invited, find("[data-invited-count]"), results, csrfToken());
}

/** @type {(one: {username: string}, other: {username: string}) => number} */
const byName = (one, other) => (one.username < other.username ? -1 : 1);

function refresh() {
  for (const ask of [refreshPeople, refreshInvitations]) {
    ask().catch(() => { /* The connection line already says that the server is not reached. */ });
  }
}

setInterval(refresh, ASK_SECONDS * 1000);
document.addEventListener("visibilitychange", refresh);
client.connection.on("state", refresh);
client.blocked.on("changed", refresh);
client.start();
