/* Who is here, and how they are. */

import { untilWords } from "../client/time.js";
import { avatar } from "./avatar.js";
import { bdi, h, icon } from "./dom.js";

const WORDS = { online: "Online", away: "Away", meditating: "Meditating", offline: "Offline", invisible: "Invisible" };

export function presenceLine({ status, note, until }) {
  const end = until && status !== "online" ? ` until ${untilWords(until)}` : "";
  return h("p", { class: "presence" },
    h("span", { class: `dot ${status}`, "aria-hidden": "true" }), " ", (WORDS[status] ?? status) + end,
    note ? [": ", bdi(note)] : null);
}

function personItem({ psychic, role }, url = null) {
  return h("li", { class: psychic.status },
    avatar(psychic),
    h("div", { class: "person-words" },
      h("a", { href: `/psychic/${encodeURIComponent(psychic.username)}` }, bdi(psychic.username)),
      role && role !== "participant" ? [" ", h("span", { class: "role" }, role)] : null,
      presenceLine(psychic)),
    url ? h("a", { class: "quiet", "data-sheet": true, href: url + encodeURIComponent(psychic.username),
      "aria-label": `About ${psychic.username} in this room` }, icon("more")) : null);
}

/** Drawn anew with every change: whoever is on a link of it stays there. */
export function drawPeople(list, participants) {
  const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  list.replaceChildren(...participants.map((one) => personItem(one, list.dataset.personUrl)));
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** How many are how, where too many look at a room to name them. */
export function drawCounts(list, counts) {
  list.replaceChildren(...Object.entries(counts).filter(([, count]) => count).map(([status, count]) => h("li", {},
    h("p", { class: "presence" },
      h("span", { class: `dot ${status}`, "aria-hidden": "true" }), ` ${count} ${WORDS[status].toLowerCase()}`))));
}

/** People online, in the lobby, each with the button that opens a mind-link: of the one form of the lobby, whose token
 * they share. */
export function drawOnline(list, psychics) {
  list.replaceChildren(...psychics.map((psychic) => {
    const item = personItem({ psychic });
    item.append(h("button", { class: "button small ghost", form: "lobby-form", formaction: list.dataset.action,
      name: "username", value: psychic.username, "aria-label": `Mind-link with ${psychic.username}` }, "Mind-link"));
    return item;
  }));
}
