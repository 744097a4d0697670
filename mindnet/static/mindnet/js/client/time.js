/* Times in the reader's own zone and language. */

/** @typedef {string | number | Date} Time as the wire has it, in ms, or a Date */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const DAY_MS = 86_400_000;

/** @param {Time} time */
export const clockTime = (time) => clock.format(new Date(time));
/** @param {Time} time */
export const clockSeconds = (time) => seconds.format(new Date(time));
/** @param {Time} time */
export const fullTime = (time) => full.format(new Date(time));

/**
 * Equal for two times on the same day here.
 * @param {Time} time
 */
export function dayKey(time) {
  const date = new Date(time);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** @param {Time} time */
export function dayWords(time, now = Date.now()) {
  if (dayKey(time) === dayKey(now)) return "Today";
  if (dayKey(time) === dayKey(now - DAY_MS)) return "Yesterday";
  return (new Date(time).getFullYear() === new Date(now).getFullYear() ? day : dayOfYear).format(new Date(time));
}

/**
 * "14:30", or with the day if that is not today.
 * @param {Time} time
 */
export function untilWords(time, now = Date.now()) {
  return dayKey(time) === dayKey(now) ? clockTime(time) : `${dayWords(time, now)}, ${clockTime(time)}`;
}

/**
 * How long is left, in its two largest units: "4 min 12 s", "3 h 5 min", "2 d 0 h".
 * @param {number} ms
 */
export function leftWords(ms) {
  const all = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(all / 86_400), hours = Math.floor(all / 3600) % 24, minutes = Math.floor(all / 60) % 60;
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${all % 60} s` : `${all} s`;
}
