/* A message that was found in a sealed mind-link. The template search.html draws the same of others. */

import { filesInWords } from "../client/attachments.js";
import { fullTime } from "../client/time.js";
import { avatar } from "./avatar.js";
import { bdi, h } from "./dom.js";

export function resultElement({ link, message, pieces }) {
  const { id, sender, timestamp, attachments } = message;
  const href = `/room/${link.room}?message=${id}#m${id}`, when = fullTime(timestamp);
  return h("li", { class: "card result", "data-id": id },
    h("p", { class: "result-place" },
      h("a", { href }, bdi(link.name), h("span", { class: "hidden-text" }, `: what ${sender.username} said on ${when}`)), " ",
      h("time", { datetime: timestamp }, when)),
    h("div", { class: "result-words" }, avatar(sender), h("div", {},
      h("p", {}, bdi(sender.username, { class: "sender" }), " ", pieces.length
        ? h("bdi", { class: "text" }, pieces.map(({ text, isFound }) => (isFound ? h("mark", {}, text) : text)))
        : null),
      attachments.length ? h("p", { class: "muted" }, bdi(filesInWords(attachments))) : null)));
}
