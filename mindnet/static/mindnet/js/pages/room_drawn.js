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

/** What the room is and what its rules are, once somebody has changed them. */
export async function drawAbout(room) {
  const page = await drawn(room);
  for (const part of ["[data-about]", "[data-disappearing]"]) {
    const before = find(part), now = page?.querySelector(part);
    // What says the same stays, with the focus in it; and what changes is said in the element that is listened to.
    if (before && now && before.innerHTML !== now.innerHTML) before.replaceChildren(...document.adoptNode(now).childNodes);
  }
}

async function drawn(room) {
  const answer = await fetch(`/room/${room}`, { credentials: "same-origin" }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

/** Whether somebody has begun to write in a form there. */
function isFilledIn(part) {
  return [...part.querySelectorAll("textarea")].some(({ value, defaultValue }) => value !== defaultValue);
}
