/* How long something still holds, beside the time at which it ends: "still 4 min 12 s".

   Counted anew each second from the server's clock, never down from what was shown: a tab that slept is right at once.
   What reads the page aloud has the time itself, and is not told each second. */

import { leftWords } from "../client/time.js";
import { h } from "./dom.js";

const TICK_MS = 1000;

/** @type {Map<HTMLTimeElement, HTMLElement>} */
const counted = new Map();
let now = () => Date.now();
let timer = 0;

/** `clock` knows the server's time, as a Connection does. */
export function countBy(clock) {
  now = () => clock.now();
}

/** `end`: a <time> that was put into the page. */
export function addCountdown(end) {
  const left = h("span", { class: "left", "aria-live": "off", "data-left": true });
  end.after(left);
  counted.set(end, left);
  if (!timer) {
    timer = setInterval(tick, TICK_MS);
    document.addEventListener("visibilitychange", tick);
  }
  tick();
}

function tick() {
  for (const [end, left] of counted) {
    if (!end.isConnected) counted.delete(end);
    else if (!document.hidden) draw(end, left);
  }
  if (counted.size) return;
  clearInterval(timer);
  timer = 0;
  document.removeEventListener("visibilitychange", tick);
}

function draw(end, left) {
  const ms = Date.parse(end.dateTime) - now();
  left.textContent = ms > 0 ? ` (still ${leftWords(ms)})` : "";
}
