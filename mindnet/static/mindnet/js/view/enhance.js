/* What scripts add to forms and words that the server has drawn: on the page, and in what is drawn over it (sheet.js).

   A table of selectors and what is done to each element they find. What is not there stays as the server drew it. */

/** @type {[string, (element: any) => void][]} */
const ENHANCERS = [];

/** Once for each part of a document that was put there. */
export function enhance(root) {
  for (const [selector, work] of ENHANCERS) for (const element of root.querySelectorAll(selector)) work(element);
}
