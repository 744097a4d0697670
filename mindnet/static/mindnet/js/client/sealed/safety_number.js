/* What two people compare to know that nobody stands between them: made of the roots of both logs. */

import { hash, utf8 } from "./bytes.js";

const LABEL = "mindnet safety number";
const GROUPS = 6, GROUP_BYTES = 5;

/** @typedef {{psychic: number, root: string}} Rooted */

/**
 * Twelve groups of five digits, the same for both.
 * @param {Rooted} one
 * @param {Rooted} other
 */
export async function safetyNumber(one, other) {
  const both = await Promise.all([one, other].map(groupsOf));
  return both.sort((left, right) => left.join("") < right.join("") ? -1 : 1).flat();
}

/**
 * What one of the two is in it: the same in all their safety numbers, and on all their devices.
 * @param {Rooted} rooted
 */
export async function groupsOf({ psychic, root }) {
  const bytes = await hash(LABEL, utf8(`${psychic}:${root}`));
  return Array.from({ length: GROUPS }, (_, group) => {
    const five = bytes.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES);
    return String(five.reduce((number, byte) => number * 256 + byte, 0) % 100_000).padStart(5, "0");
  });
}
