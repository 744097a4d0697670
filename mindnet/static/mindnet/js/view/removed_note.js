/* What stands in place of the composer once one is out of the room. */

import { bdi, h } from "./dom.js";

const WORDS = {
  left: "You have left this room.",
  closed: "This room has ended.",
  kick: "You have been sent out of this room. You may come back.",
  ban: "You have been banned from this room.",
};

/** The payload of `room.removed`; without a kind where it happened while the link was down. */
export function removedNote({ kind, reason, until }) {
  const words = WORDS[kind] ?? "You are no longer in this room.";
  const end = until ? ` Until ${new Date(until).toLocaleString()}.` : "";
  const why = reason ? [" ", bdi(reason)] : null;
  return h("p", { class: "closed-note", role: "alert" },
    words, why, end, " ", h("a", { href: "/" }, "Back to the lobby"));
}
