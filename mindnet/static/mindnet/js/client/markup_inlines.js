/* The marks within one paragraph: the half of the grammar that markup.js begins. The same as messaging/markup_inlines.py. */

/** @typedef {any[]} Tree */

export const HIDDEN = "▮▮▮";

const WORD = "A-Za-z0-9\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u060b\\u0620-\\u0669\\u066e-\\u06d3"
  + "\\u06d5-\\u0963\\u0966-\\u0dff\\u10a0-\\u10ff\\u1e00-\\u1fff";
const SPACE = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const REST = "!#-;=?-Z_a-z~\\u00a1-\\u00aa\\u00ac\\u00ae-\\u00ba\\u00bc-\\u060b\\u060d-\\u061a\\u0620-\\u06d3\\u06d5-\\u0963"
  + "\\u0966-\\u167f\\u1681-\\u180d\\u180f-\\u1fff\\u2070-\\u2fff\\u3004-\\u3007\\u3012\\u3013\\u3020-\\ud7ff\\ue000-\\ufefe"
  + "\\uff10-\\uff19\\uff21-\\uff3a\\uff41-\\uff5a\\uff66-\\uffef\\u{10000}-\\u{dffff}\\u{e1000}-\\u{10ffff}";
const UNSEEN = "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f"
  + "\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0";

const IS_WORD = new RegExp(`^[${WORD}]`);
const IS_SPACE = new RegExp(`^[${SPACE}]`);
const INK = new RegExp(`[^${SPACE}]`);
const SEEN = new RegExp(`[^${SPACE}${UNSEEN}]`);

const TOKEN = /\\[\\`*_~|[\]()>@-]|`+|\*+|_+|~+|\|+|[[\]@]|[hH][tT][tT][pP][sS]?:\/\//g;
const TICKS = /`+/g;
const SCHEME = /[hH][tT][tT][pP][sS]?:\/\//y;
const HOST = new RegExp(`[${WORD}][${WORD}_.-]*(?::[0-9]{1,5}(?![0-9]))?`, "y");
const NO_HOST_BEFORE = new RegExp(`[@%]|:[${WORD}%]`, "y");
const PATH = new RegExp(`[/?#][${REST}]*`, "uy");
const MAILTO = /[mM][aA][iI][lL][tT][oO]:[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,255}/y;
const TRAILING = ".,;:!?'*_~";

const NAME_SHORTEST = 3;
const NAME_AT = /[A-Za-z0-9_.-]{3,30}(?![A-Za-z0-9_-])/y;
const NO_MENTION_AFTER = new RegExp(`^[${WORD}_@./-]`);

/** @type {Record<string, string>} */
const MARKS = { "*": "em", "_": "em", "**": "strong", "__": "strong", "~~": "del", "||": "spoiler" };

/**
 * What an expression with the flag y or g finds from a place on.
 * @param {RegExp} pattern
 * @param {string} text
 * @param {number} at
 */
function found(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/**
 * @param {Tree} nodes
 * @returns {string}
 */
export function plainInlines(nodes) {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    const [kind, inner, label] = node;
    if (kind === "spoiler") return HIDDEN;
    if (kind === "mention") return `@${inner}`;
    if (kind === "code" || kind === "url") return inner;
    return plainInlines(kind === "link" ? label : inner);
  }).join("");
}

export class Inlines {
  /** @type {Tree} */
  #out = [];
  /** @type {Record<string, number>} */
  #open = {};
  /** @type {number[]} */
  #brackets = [];
  /** @type {Map<number, number> | null} */
  #ticks = null;
  #text;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  read() {
    let at = 0;
    for (let token; (token = found(TOKEN, this.#text, at));) {
      this.#out.push(this.#text.slice(at, token.index));
      at = this.#take(token[0], token.index, token.index + token[0].length);
    }
    this.#out.push(this.#text.slice(at));
    return merged(this.#out);
  }

  /**
   * @param {string} token
   * @param {number} start
   * @param {number} end
   */
  #take(token, start, end) {
    switch (token[0]) {
      case "\\": this.#out.push(token[1]); break;
      case "`": return this.#takeCode(token, end);
      case "[": this.#brackets.push(this.#out.push(token) - 1); break;
      case "]": return this.#takeLink(end);
      case "@": return this.#takeMention(start, end);
      case "h": case "H": return this.#takeUrl(token, start, end);
      default: this.#takeMark(token, start, end);
    }
    return end;
  }

  /**
   * @param {string} token
   * @param {number} end
   */
  #takeCode(token, end) {
    const close = this.#ticksAfter(end, token.length);
    let code = this.#text.slice(end, Math.max(end, close));
    if (!INK.test(code)) {
      this.#out.push(token);
      return end;
    }
    if (code.length > 2 && code[0] === " " && code.endsWith(" ")) code = code.slice(1, -1);
    this.#out.push(["code", code]);
    return close + token.length;
  }

  /**
   * @param {number} at
   * @param {number} length
   */
  #ticksAfter(at, length) {
    this.#ticks ??= new Map([...this.#text.matchAll(/`+/g)].map((run) => [run[0].length, run.index]));
    if ((this.#ticks.get(length) ?? 0) < at) return 0;
    let run = found(TICKS, this.#text, at);
    while (run && run[0].length !== length) run = found(TICKS, this.#text, run.index + run[0].length);
    return run?.index ?? 0;
  }

  /**
   * @param {string} token
   * @param {number} start
   * @param {number} end
   */
  #takeMark(token, start, end) {
    const before = this.#text[start - 1] ?? "", after = this.#text[end] ?? "", isFree = token === "**";
    const canClose = before && !IS_SPACE.test(before) && (isFree || !IS_WORD.test(after));
    const canOpen = after && !IS_SPACE.test(after) && (isFree || !IS_WORD.test(before));
    const marks = marksOf(token), left = new Set(marks);
    marks.sort((one, other) => (this.#open[other] ?? -1) - (this.#open[one] ?? -1));
    for (const mark of marks) if (canClose && this.#close(mark)) left.delete(mark);
    for (const mark of left) {
      if (canOpen && mark in MARKS) this.#open[mark] = this.#out.length;
      this.#out.push(mark);
    }
  }

  /** @param {string} mark */
  #close(mark) {
    const at = this.#open[mark];
    if (at === undefined || at === this.#out.length - 1) return false;
    this.#wrap(at, [MARKS[mark], merged(this.#out.slice(at + 1))]);
    return true;
  }

  /**
   * @param {number} at
   * @param {Tree} node
   */
  #wrap(at, node) {
    this.#out.splice(at, Infinity, node);
    for (const [mark, place] of Object.entries(this.#open)) if (place >= at) delete this.#open[mark];
    while (this.#brackets.length && this.#brackets[this.#brackets.length - 1] >= at) this.#brackets.pop();
  }

  /** @param {number} end */
  #takeLink(end) {
    const at = this.#brackets.pop();
    const address = at !== undefined && this.#text[end] === "(" ? this.#addressAt(end + 1) : null;
    if (at !== undefined && address) {
      const label = unlinked(merged(this.#out.slice(at + 1)));
      this.#brackets = [];
      if (label && SEEN.test(plainInlines(label))) {
        this.#wrap(at, ["link", address[0], label]);
        return address[1];
      }
    }
    this.#out.push("]");
    return end;
  }

  /**
   * @param {number} at
   * @returns {[string, number] | null}
   */
  #addressAt(at) {
    const text = this.#text, mail = found(MAILTO, text, at), scheme = found(SCHEME, text, at);
    let end = 0;
    if (mail) end = at + mail[0].length;
    else if (scheme && (end = hostEnd(text, at + scheme[0].length))) end += balanced(found(PATH, text, end)?.[0] ?? "");
    return end && text[end] === ")" ? [text.slice(at, end), end + 1] : null;
  }

  /**
   * @param {string} token
   * @param {number} start
   * @param {number} end
   */
  #takeUrl(token, start, end) {
    const text = this.#text;
    const host = IS_WORD.test(text[start - 1] ?? "") ? 0 : hostEnd(text, end);
    if (!host) {
      this.#out.push(token);
      return end;
    }
    const stop = withoutTail(text, start, host + (found(PATH, text, host)?.[0].length ?? 0));
    this.#out.push(["url", text.slice(start, stop)]);
    return stop;
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  #takeMention(start, end) {
    const text = this.#text, name = found(NAME_AT, text, end);
    if (!name || NO_MENTION_AFTER.test(text[start - 1] ?? "")) {
      this.#out.push("@");
      return end;
    }
    let stop = end + name[0].length;
    while (stop - end > NAME_SHORTEST && "._-".includes(text[stop - 1])) stop--;
    this.#out.push(["mention", text.slice(end, stop)]);
    return stop;
  }
}

/** @param {string} run */
const marksOf = (run) => (/^(\*\*\*|___)$/.test(run) ? [run.slice(1), run[0]] : [run]);

/**
 * @param {Tree} nodes
 * @returns {Tree}
 */
function merged(nodes) {
  /** @type {Tree} */
  const out = [];
  for (const node of nodes) {
    if (typeof node !== "string" || typeof out[out.length - 1] !== "string") node && out.push(node);
    else out[out.length - 1] += node;
  }
  return out;
}

/**
 * @param {Tree} label
 * @returns {Tree | null}
 */
function unlinked(label) {
  const nodes = label.map((node) => {
    if (typeof node === "string" || node[0] === "code") return node;
    if (node[0] === "url" || node[0] === "mention") return plainInlines([node]);
    const inner = node[0] === "spoiler" ? null : unlinked(node[1]);
    return inner && [node[0], inner];
  });
  return nodes.includes(null) ? null : merged(nodes);
}

/**
 * @param {string} text
 * @param {number} at
 */
function hostEnd(text, at) {
  const host = found(HOST, text, at);
  return host && !found(NO_HOST_BEFORE, text, at + host[0].length) ? at + host[0].length : 0;
}

/** @param {string} path */
function balanced(path) {
  let depth = 0;
  for (let at = 0; at < path.length; at++) {
    depth += Number(path[at] === "(") - Number(path[at] === ")");
    if (depth < 0) return at;
  }
  return path.length;
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
function withoutTail(text, start, end) {
  const address = text.slice(start, end);
  let unopened = address.split(")").length - address.split("(").length;
  for (;; end--) {
    if (text[end - 1] === ")" && unopened > 0) unopened--;
    else if (!TRAILING.includes(text[end - 1])) return end;
  }
}
