/* Rooms one is invited to, in the lobby, as the server draws them too. */

import { untilWords } from "../client/time.js";
import { bdi, h, icon } from "./dom.js";

/** Each room once: of several moderators' invitations the newest, which comes first. */
function onePerRoom(invitations) {
  const rooms = new Map();
  for (const one of invitations) if (!rooms.has(one.room.id)) rooms.set(one.room.id, one);
  return [...rooms.values()];
}

function answerForm(action, token, words, room, kind) {
  return h("form", { method: "post", action },
    h("input", { type: "hidden", name: "csrfmiddlewaretoken", value: token }),
    h("button", { class: `button small ${kind}`, "aria-label": `${words}: ${room.name}` }, words));
}

function invitationItem({ id, room, created_by, expires_at }, token) {
  const by = created_by.username;
  return h("li", { class: "room-card invitation-card" },
    h("span", { class: "kind" }, icon(room.kind)),
    h("div", { class: "room-words" },
      h("strong", {}, bdi(room.name)),
      h("p", { class: "muted" },
        h("a", { href: `/psychic/${encodeURIComponent(by)}` }, bdi(by)),
        " invites you, until ", h("time", { datetime: expires_at }, untilWords(expires_at)))),
    answerForm(`/room/${room.id}/join`, token, "Go in", room, ""),
    answerForm(`/invitations/${id}/decline`, token, "No, thank you", room, "ghost"),
    h("a", {
      class: "button small ghost", "data-sheet": true, href: `/report?invitation=${id}`,
      "aria-label": `Report the invitation to ${room.name}`,
    }, "Report"));
}

/** `section` with the list, and the number in the heading. */
export function drawInvitations(section, count, invitations, token) {
  const shown = onePerRoom(invitations);
  section.querySelector("[data-invitations]").replaceChildren(...shown.map((one) => invitationItem(one, token)));
  section.hidden = count.hidden = shown.length === 0;
  count.textContent = `${shown.length} ${shown.length === 1 ? "invitation" : "invitations"}`;
}
