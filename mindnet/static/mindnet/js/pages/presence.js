/* The page about status and quiet hours. Its forms need no script; this only knows the reader's own clock. */

import { untilWords } from "../client/time.js";

const zones = document.querySelector("[data-zone-open]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
// Nothing has been chosen yet: the zone of this machine is the likely one.
if (zones && [...zones.options].some(({ value }) => value === own)) zones.value = own;

for (const time of document.querySelectorAll("time[data-local]")) time.textContent = untilWords(time.dateTime);
