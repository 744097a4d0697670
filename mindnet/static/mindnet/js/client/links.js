/* Mind-links: rooms of two. */

/** @import { RoomEntry } from "./shapes.js" */

/**
 * An entry as one of its people sees it: a mind-link is named after its two, and each of them sees the other. A copy, since
 * it moves on at once and others still look at what the server has said.
 * @param {RoomEntry} entry
 * @param {string} username of who looks
 */
export function seenBy(entry, username) {
  if (entry.kind !== "private") return { ...entry };
  const others = entry.name.split(" & ").filter((name) => name !== username);
  return { ...entry, name: others.join(" & ") || entry.name };
}
