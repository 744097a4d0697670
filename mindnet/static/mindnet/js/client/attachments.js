/* What is said about files: of which kind one is, how large, how long, how large a picture is drawn. No DOM here.

   mindnet/templatetags/attachments.py says the same; a test compares them. */

/** @import { Attachment } from "./shapes.js" */

// What the server draws anew before it keeps it. Any other picture is a file to download.
const PICTURES = new Set(["image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"]);
const KIND_WORDS = { image: "Image", audio: "Audio", video: "Video", file: "File" };
const UNITS = ["KB", "MB", "GB", "TB"];
// The box in px that a picture of a message fits into, and what a thumb needs to hit it.
const BOX_WIDTH = 400, BOX_HEIGHT = 320, LEAST = 44;

/**
 * @param {Attachment} file
 * @returns {keyof typeof KIND_WORDS}
 */
export function kindOf({ media_type, width, height }) {
  if (PICTURES.has(media_type) && width && height) return "image";
  if (media_type.startsWith("audio/")) return "audio";
  return media_type.startsWith("video/") ? "video" : "file";
}

/**
 * "812 bytes", "3.4 MB". A KB has 1,024 bytes, as in the limits of the house.
 * @param {number} bytes
 */
export function sizeWords(bytes) {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  let unit = 1024, index = 0;
  while (bytes >= unit * 1024 && index < UNITS.length - 1) {
    unit *= 1024;
    index += 1;
  }
  const tenths = Math.floor((bytes * 20 + unit) / (unit * 2));
  const number = tenths < 100 && tenths % 10 ? `${Math.floor(tenths / 10)}.${tenths % 10}` : Math.floor((tenths + 5) / 10);
  return `${number} ${UNITS[index]}`;
}

/**
 * "0:42", "12:05", "1:02:03".
 * @param {number} seconds
 */
export function durationWords(seconds) {
  const all = Math.floor(seconds), hours = Math.floor(all / 3600), minutes = Math.floor(all / 60) % 60;
  const rest = String(all % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/**
 * Length and size of a file, as far as they are known.
 * @param {Attachment} file
 */
export function measureWords({ seconds, size }) {
  return seconds === null ? sizeWords(size) : `${durationWords(seconds)} · ${sizeWords(size)}`;
}

/**
 * Width and height in px at which a picture or film is drawn; as the films of today are where that is not known.
 * @param {number | null} width
 * @param {number | null} height
 */
export function fitted(width, height) {
  if (!width || !height) return [BOX_WIDTH, BOX_WIDTH * 9 / 16];
  if (width * BOX_HEIGHT > height * BOX_WIDTH) {
    const wide = Math.min(width, BOX_WIDTH);
    return [Math.max(LEAST, wide), Math.max(LEAST, Math.floor((height * wide * 2 + width) / (width * 2)))];
  }
  const high = Math.min(height, BOX_HEIGHT);
  return [Math.max(LEAST, Math.floor((width * high * 2 + height) / (height * 2))), Math.max(LEAST, high)];
}

/**
 * What stands for a message without words where it is quoted: "Image: aura.webp", "Image: aura.webp and 2 more".
 * @param {Attachment[]} files
 */
export function filesInWords(files) {
  const [first, ...more] = files;
  const words = `${KIND_WORDS[kindOf(first)]}: ${first.name}`;
  return more.length ? `${words} and ${more.length} more` : words;
}
