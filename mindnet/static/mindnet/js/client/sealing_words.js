/* What is said to people about a mind-link that is sealed, or cannot be. No DOM here. */

/** @import { Standing } from "./mind_link.js" */
/** @import { Closed } from "./opened_messages.js" */

const NOT_FROM_THEM = "it is not what its sender has sealed. Somebody on the way has changed it, or made it up";
const OUT_OF_PLACE = "it stands in a place that its sender did not seal it for";

/** @type {Partial<Record<Closed, string>>} */
const REASONS = {
  heads: "it names devices that the server does not show here",
  device: "it comes from a device that was none of its sender's then",
  signature: NOT_FROM_THEM,
  box: NOT_FROM_THEM,
  wrap: NOT_FROM_THEM,
  suite: NOT_FROM_THEM,
  room: OUT_OF_PLACE,
  sender: OUT_OF_PLACE,
  nonce: OUT_OF_PLACE,
  reply_to: OUT_OF_PLACE,
  older_state: "it was sealed for devices that had already changed when it came, as one who was put out would",
  replayed: "it was said once before, and is shown a second time",
  rolled_back: "it is an earlier text of a message that was corrected since",
  unsupported: "this browser lacks what its sender's device has sealed it with. A newer one may open it",
};

/** @type {Record<"insecure" | "algorithms" | "storage", string>} */
const OFF = {
  insecure: "This page did not come by https, so the browser keeps no keys here",
  algorithms: "This browser lacks what sealing takes. A newer one has it",
  storage: "This browser keeps nothing for this page, so it would lose its keys, as in private browsing",
};

/**
 * In the place of a message that is not shown.
 * @param {Closed} why
 */
export function closedWords(why) {
  // As the server has drawn it: what is opened right away shall not change twice.
  if (why === "opening") return "Sealed: only the devices it was written for can read it.";
  if (why === "insecure" || why === "algorithms" || why === "storage" || why === "broken") return "Sealed: it cannot be opened here.";
  if (why === "wrap_missing") return "Sealed, and not for this device.";
  return `Not to be read: ${REASONS[why] ?? "it is not as sealed messages are"}.`;
}

/**
 * Why nothing can be sealed in a page.
 * @param {keyof typeof OFF} why
 */
export function offWords(why) {
  return `${OFF[why]}.`;
}

/**
 * How things stand, in a sentence or two; `other` is the other's name.
 * @param {Standing} standing
 * @param {string} other
 */
export function standingWords({ name, why, isOwn }, other) {
  if (name === "sealed") return `Sealed: only your devices and ${other}’s read this.`;
  if (name === "plain") return plainWords(why, other);
  if (name === "unknown") return "";
  return blockedWords(why, isOwn, other);
}

/**
 * @param {Standing["why"]} why
 * @param {string} other
 */
function plainWords(why, other) {
  const lacks = { both: "Neither of you has a device yet", me: "You have no device yet", other: `${other} has no device yet` };
  return `Not sealed. ${lacks[/** @type {keyof typeof lacks} */ (why)]}, so the server can read what is said here.`;
}

/**
 * @param {Standing["why"]} why
 * @param {boolean} isOwn
 * @param {string} other
 */
function blockedWords(why, isOwn, other) {
  const whose = isOwn ? "your" : `${other}’s`;
  switch (why) {
    case "insecure": case "algorithms": case "storage":
      return `Sealed, and switched off here. ${OFF[why]}.`;
    case "not_endorsed":
      return "Sealed, and this browser is none of your devices yet: endorse it with one that is.";
    case "revoked": return "This device of yours was put out: it reads nothing new, and nothing is sent from it.";
    case "withheld": return `Nothing is sent: the server shows less of ${whose} devices than it has shown before.`;
    case "forked": return `Nothing is sent: the server shows another history of ${whose} devices than before.`;
    case "other_root":
      return isOwn ? "Nothing is sent: you have started over, and this browser has not taken that in yet."
        : `Nothing is sent: ${other} has started over with new devices, or somebody pretends to be ${other}.`;
    case "broken":
      return `Nothing is sent: what is known of ${whose} devices is damaged, in this browser or on the server.`;
    default: return `Nothing is sent: ${whose} devices are not as they should be.`;
  }
}

/**
 * Why a message that was written to be sealed is not sent as it is.
 * @param {string} other
 */
export function unsealedWords(other) {
  return `It would not be sealed any more: ${other} or you have no device now. Trying again sends it all the same.`;
}
