/* What stands in place of the composer once one is out of the room: why, and what one had begun to write. */

import { bdi, h } from "./dom.js";

const WORDS = {
  left: "You have left this room.",
  closed: "This room has ended.",
  kick: "You have been sent out of this room. You may come back.",
  ban: "You have been banned from this room.",
};

/** The payload of `room.removed`; without a kind where it happened while the link was down. */
export function removedWords({ kind }) {
  return WORDS[kind] ?? "You are no longer in this room.";
}

/** `unsent`: the text that can no longer be sent from here, or "". */
export function removedNote(removal, unsent) {
  const { reason, until } = removal;
  const end = until ? ` Until ${new Date(until).toLocaleString()}.` : "";
  const why = reason ? [" The reason: ", bdi(reason)] : null;
  return h("div", { class: "removed", tabindex: "-1" },
    h("p", { class: "closed-note", role: "alert" },
      h("span", {}, removedWords(removal), end, why), " ", h("a", { href: "/" }, "Back to the lobby"),
      ["kick", "ban"].includes(removal.kind) ? [" ", h("a", { href: "/restrictions" }, "Who did it, and your answer")] : null),
    unsent.trim() ? unsentText(unsent) : null);
}

function unsentText(text) {
  const field = h("textarea", { id: "unsent", rows: "4", readonly: true, dir: "auto" }, text);
  const said = h("span", { class: "muted", role: "status" });
  const copied = async () => {
    said.textContent = await copy(field) ? "Copied." : "It is marked: copy it with the keyboard or the menu.";
  };
  return h("div", { class: "field unsent" },
    h("label", { for: "unsent" }, "What you had begun to write"), field,
    h("p", {}, h("button", { class: "button small", type: "button", onclick: copied }, "Copy the text"), " ", said));
}

/** The clipboard is there on HTTPS and on loopback only; elsewhere the old way, which asks for a selection. */
async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
