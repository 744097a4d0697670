/* From room to room by key, on every page: Alt+Shift+ArrowDown to the next one with something unread, ArrowUp to the one
   before, Alt+Shift+M to the next that mentions oneself. In the order of their names, round and round. */

import { roomUrl } from "./rooms_list.js";

/** By the place of the key: with Alt it writes another character on many keyboards. */
const WAYS = {
  ArrowDown: [1, ({ unread }) => unread > 0],
  ArrowUp: [-1, ({ unread }) => unread > 0],
  KeyM: [1, ({ mentions }) => mentions > 0],
};

/** The entry to go to, undefined where there is none. */
export function nextRoom(entries, current, [step, isWanted]) {
  const all = [...entries].sort((a, b) => step * (a.name.localeCompare(b.name) || a.id - b.id));
  const at = all.findIndex(({ id }) => id === current);
  return [...all.slice(at + 1), ...all.slice(0, Math.max(0, at))].find(isWanted);
}

/** `current` is the id of the room that is open, null elsewhere. */
export function takeRoomKeys(rooms, current) {
  document.addEventListener("keydown", (event) => {
    const way = event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey ? WAYS[event.code] : null;
    if (!way || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    const next = nextRoom(rooms.entries.values(), current, way);
    if (next) location.assign(roomUrl(next));
  });
}
