/* The emoji one may choose among, by their names and groups, and those one has used lately.

     const emojis = new Emojis(storage, me.id, () => rest.getJson(url));
     await emojis.load();
     emojis.find("smi", 8);       // [emoji, names, group], the best first
     emojis.use("🔮");            // from now on among `recent`
     emojis.toned("👋");          // in the tone of skin one has chosen, where it has any */

import { best } from "./completion.js";

/** @import { KeptStorage } from "./outbox.js" */

/** @typedef {[emoji: string, names: string[], group: number]} Emoji the usual name first */
/** @typedef {{groups: string[], emoji: Emoji[]}} EmojiList */

// Three rows of the picker.
const RECENT_MOST = 24;

// None, and from light to dark.
export const TONES = ["", "\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];
// Where a tone of skin goes: in place of what asks for colours. Of a family, dancers and wrestlers the server knows none.
const SKIN = /(?![\u{1F46A}\u{1F46F}\u{1F93C}])\p{Emoji_Modifier_Base}\uFE0F?/gu;

export class Emojis {
  /** @type {EmojiList} */
  list = { groups: [], emoji: [] };
  /** @type {Map<string, Emoji>} */
  #byEmoji = new Map();
  /** @type {Map<string, string>} */
  #byName = new Map();
  /** @type {Promise<void> | null} */
  #loading = null;
  #storage;
  #key;
  #fetchList;

  /**
   * @param {Pick<KeptStorage, "getItem" | "setItem">} storage
   * @param {number} owner a psychic's id
   * @param {() => Promise<EmojiList>} fetchList
   */
  constructor(storage, owner, fetchList) {
    this.#storage = storage;
    this.#key = `mindnet:emoji:${owner}`;
    this.#fetchList = fetchList;
  }

  /** Once; after a failure the next call tries again. Raises what asking for the list raises. */
  load() {
    this.#loading ??= this.#load().catch((error) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #load() {
    this.list = await this.#fetchList();
    this.#byEmoji = new Map(this.list.emoji.map((one) => [one[0], one]));
    for (const [emoji, names] of this.list.emoji) {
      for (const name of names) if (!this.#byName.has(name.toLowerCase())) this.#byName.set(name.toLowerCase(), emoji);
    }
  }

  /** Those used lately first where they fit as well as others. @param {string} word @param {number} most */
  find(word, most) {
    const recent = this.recent();
    return best(new Set([...recent, ...this.list.emoji]), word.trim().replaceAll(" ", "_"), ([, names]) => names, most);
  }

  /** @param {string} name */
  named(name) {
    return this.#byName.get(name.toLowerCase());
  }

  /** The newest first, as far as the list has them. */
  recent() {
    return this.#kept().map((emoji) => this.#byEmoji.get(emoji)).filter((one) => one !== undefined);
  }

  /** @param {string} emoji */
  use(emoji) {
    const kept = [emoji, ...this.#kept().filter((one) => one !== emoji)].slice(0, RECENT_MOST);
    this.#storage.setItem(this.#key, JSON.stringify(kept));
  }

  /** One of TONES, for all emoji and until another is chosen. */
  get tone() {
    const kept = this.#storage.getItem(`${this.#key}:tone`) ?? "";
    return TONES.includes(kept) ? kept : "";
  }

  set tone(tone) {
    this.#storage.setItem(`${this.#key}:tone`, tone);
  }

  /** Of several people each would need a tone: those stay as they are. @param {string} emoji */
  toned(emoji) {
    const { tone } = this;
    if (!tone || emoji.match(SKIN)?.length !== 1) return emoji;
    return emoji.replace(SKIN, (one) => one.replace("\uFE0F", "") + tone);
  }

  /** @returns {string[]} */
  #kept() {
    try {
      const kept = JSON.parse(this.#storage.getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
    } catch {
      return []; // anything may write there
    }
  }
}

/**
 * Where an arrow key leads in a grid of several parts below each other, each filled row by row.
 * @param {number[]} sizes how many each part has
 * @param {number} columns
 * @param {number} at counted through all parts
 * @param {string} key of a KeyboardEvent
 * @returns {number | null} null where the key leads nowhere, or above the first row: -1
 */
export function gridStep(sizes, columns, at, key) {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  if (key === "ArrowRight") return Math.min(at + 1, count - 1);
  if (key === "ArrowLeft") return Math.max(at - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (key !== "ArrowUp" && key !== "ArrowDown") return null;
  const rows = rowsOf(sizes, columns);
  const row = rows.findIndex(([start, size]) => at < start + size);
  const next = rows[row + (key === "ArrowDown" ? 1 : -1)];
  if (!next) return key === "ArrowUp" ? -1 : at;
  return next[0] + Math.min(at - rows[row][0], next[1] - 1);
}

/**
 * @param {number[]} sizes
 * @param {number} columns
 * @returns {[start: number, size: number][]}
 */
function rowsOf(sizes, columns) {
  /** @type {[start: number, size: number][]} */
  const rows = [];
  let start = 0;
  for (const size of sizes) {
    for (let at = 0; at < size; at += columns) rows.push([start + at, Math.min(columns, size - at)]);
    start += size;
  }
  return rows;
}
