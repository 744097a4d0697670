/* How many characters a field may hold, how many files a message, and how large they may be, as the services have it:
   the page brings it. */

export const most = { message: Infinity, note: Infinity, urgent_reason: Infinity, files: Infinity, file_bytes: Infinity };

export function learnMost(numbers) {
  Object.assign(most, numbers);
}
