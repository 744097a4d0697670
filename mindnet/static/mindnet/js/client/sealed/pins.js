/* What was seen of a psychic's log once, and what a log that comes later says beside it. */

/** @import { DeviceLog } from "./device_log.js" */

/** @typedef {{root: string, n: number, head: string}} Pin number and head of the newest entry seen */
/** @typedef {"first" | "same" | "grown" | "withheld" | "forked" | "other_root"} Comparison */

/**
 * @param {DeviceLog} log
 * @returns {Pin | null} null for a log without entries
 */
export function pinOf({ root, head, length }) {
  return root !== null && head !== null ? { root, n: length - 1, head } : null;
}

/**
 * `withheld`: the server has shown more than it shows now. `forked`: it has shown something else.
 * @param {Pin | null} pin
 * @param {DeviceLog} log
 * @returns {Comparison}
 */
export function compare(pin, log) {
  if (!pin) return "first";
  if (log.root !== null && log.root !== pin.root) return "other_root";
  if (log.length <= pin.n) return "withheld";
  if (log.states[pin.n].head !== pin.head) return "forked";
  return log.length - 1 === pin.n ? "same" : "grown";
}
