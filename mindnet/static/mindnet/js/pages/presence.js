/* The page about status and quiet hours. Its forms need no script; this only knows the reader's own clock. */

import "./here.js";

const zones = document.querySelector("[data-zone-open]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
// Nothing has been chosen yet: the zone of this machine is the likely one.
if (zones && [...zones.options].some(({ value }) => value === own)) zones.value = own;
