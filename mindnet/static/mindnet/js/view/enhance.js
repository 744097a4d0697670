/* What scripts add to forms and words that the server has drawn: on the page, and in what is drawn over it (sheet.js).

   A table of selectors and what is done to each element they find; what few pages have is brought by those that have
   it. What is not there stays as the server drew it. */

import { addCountdown } from "./countdown.js";

/** @type {[string, (element: any) => unknown][]} */
const ENHANCERS = [
  ["[data-complete-name]", async (input) => new (await import("./complete_name.js")).CompleteName(input)],
  ["[data-copy]", async (element) => (await import("./copy_button.js")).addCopyButton(element)],
  ["[data-countdown]", addCountdown],
  ["[data-own-devices]", async (element) => (await import("./own_devices.js")).showOwnDevices(element)],
  ["[data-safety]", async (element) => (await import("./safety.js")).showSafety(element)],
];

/** Once for each part of a document that was put there. */
export function enhance(root) {
  for (const [selector, work] of ENHANCERS) for (const element of root.querySelectorAll(selector)) work(element);
}
