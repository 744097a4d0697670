/* How many characters a field may hold, as the services have it: the page brings it. */

export const most = { message: Infinity, note: Infinity, urgent_reason: Infinity };

export function learnMost(numbers) {
  Object.assign(most, numbers);
}
