/* What the server says of a room in words, drawn anew after something has changed: the page is asked for once more. */

import { find } from "../view/dom.js";
import { enhance } from "../view/enhance.js";

/** What is put on oneself, or lifted. What one has begun to write stays, in the composer and in an answer: that is not drawn
    anew while somebody fills it in. */
export async function drawStanding(room) {
  const page = await drawn(room);
  const now = page?.querySelector("[data-standing]"), composer = page?.querySelector("[data-composer]");
  if (!now || !find("[data-standing]")) return;
  if (!isFilledIn(find("[data-standing]"))) {
    find("[data-standing]").replaceWith(document.adoptNode(now));
    enhance(now);
  }
  find("[data-composer]")?.toggleAttribute("hidden", composer?.hidden ?? true);
}

/** What the room is, once somebody has changed it from here. */
export async function drawAbout(room) {
  const about = (await drawn(room))?.querySelector("[data-about]");
  if (about) find("[data-about]").replaceWith(document.adoptNode(about));
}

async function drawn(room) {
  const answer = await fetch(`/room/${room}`, { credentials: "same-origin" }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

/** Whether somebody has begun to write in a form there. */
function isFilledIn(part) {
  return [...part.querySelectorAll("textarea")].some(({ value, defaultValue }) => value !== defaultValue);
}
