/* What scripts add to forms and words that the server has drawn: on the page, and in what is drawn over it (sheet.js).

   A table of selectors and what is done to each element they find. What is not there stays as the server drew it. */

import { CompleteName } from "./complete_name.js";
import { addCopyButton } from "./copy_button.js";
import { addCountdown } from "./countdown.js";

/** @type {[string, (element: any) => void][]} */
const ENHANCERS = [
  ["[data-complete-name]", (input) => new CompleteName(input)],
  ["[data-copy]", addCopyButton],
  ["[data-countdown]", addCountdown],
];

/** Once for each part of a document that was put there. */
export function enhance(root) {
  for (const [selector, work] of ENHANCERS) for (const element of root.querySelectorAll(selector)) work(element);
}
