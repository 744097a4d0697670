/* What people wrote, as elements. The tags of mindnet/templatetags/markup.py make the same of the same tree. */

import { parse, plainInlines } from "../client/markup.js";
import { h } from "./dom.js";

const SCHEME = /^[A-Za-z]+:(?:\/\/)?/;
const LIKE_ADDRESS = /[./:@\\%\u2024\u2044\u2215\u3002\ufe52\ufe55\uff0e\uff0f\uff1a\uff20\uff61](?=\S)/;
const EVERYBODY = ["all", "here"];

/**
 * @param {string} text
 * @param {{me?: {id: number, username: string}, mentions?: number[]}} [reader] `mentions`: whom the text meant, left out
 *   where that is not known yet.
 */
export function markupElement(text, reader = {}) {
  return h("div", { class: "text" }, ...blocks(parse(text), reader));
}

/** What was opened in an element stays so in the one that takes its place, if that says the same. */
export function keepOpen(before, after) {
  const open = [...before.querySelectorAll("details.spoiler")].map((spoiler) => spoiler.open);
  if (!open.includes(true) || before.querySelector(".text")?.textContent !== after.querySelector(".text")?.textContent) return;
  after.querySelectorAll("details.spoiler").forEach((spoiler, index) => (spoiler.open = open[index]));
}

const blocks = (tree, reader) => tree.map((block) => blockElement(block, reader));

function blockElement([kind, inner, text], reader) {
  switch (kind) {
    case "pre":
      return h("pre", { tabindex: "0", role: "group", "aria-label": inner ? `Code, ${inner}` : "Code" }, h("code", {}, text));
    case "quote": return h("blockquote", {}, blocks(inner, reader));
    case "ul": return h("ul", {}, inner.map((item) => h("li", {}, blocks(item, reader))));
    case "ol": return h("ol", {}, inner.map(([number, item]) => h("li", { value: String(number) }, blocks(item, reader))));
    default: return h("div", { class: "paragraph", dir: "auto" }, inlines(inner, reader));
  }
}

const inlines = (nodes, reader) => nodes.flatMap((node) => (typeof node === "string" ? node : inline(node, reader)));

function inline([kind, inner, label], reader) {
  switch (kind) {
    case "url": return link(inner, inner, inner);
    case "link": return link(inner, inlines(label, reader), plainInlines(label), inner);
    case "mention": return mention(inner, reader);
    case "code": return h("code", {}, inner);
    case "spoiler":
      return h("details", { class: "spoiler" }, h("summary", {}, "Spoiler"), h("span", {}, inlines(inner, reader)));
    default: return h(kind, {}, inlines(inner, reader));
  }
}

function mention(name, { me, mentions }) {
  if (mentions && !mentions.length) return `@${name}`;
  const isMe = me && mentions?.includes(me.id) && [me.username.toLowerCase(), ...EVERYBODY].includes(name.toLowerCase());
  return h("span", { class: isMe ? "mention me" : "mention" }, `@${name}`);
}

function link(address, words, plainWords, title = null) {
  const host = shownHost(address, plainWords);
  const element = h("a", { href: address, rel: "noopener noreferrer nofollow", target: "_blank", title }, h("bdi", {}, words));
  return host ? [element, " ", h("bdi", { class: "host", dir: "ltr" }, `(${host})`)] : [element];
}

/** What has to stand beside a link so that nobody mistakes where it leads. Empty if its words say so themselves. */
function shownHost(address, words) {
  const bare = address.replace(SCHEME, "");
  const [host] = bare.split(/[/?#]/, 1);
  if (/[^\x00-\x7f]/.test(host)) return asciiHost(address) ?? host;
  return [address, bare, host].includes(words) || !LIKE_ADDRESS.test(words) ? "" : host;
}

function asciiHost(address) {
  try {
    return new URL(address).host;
  } catch {
    return null; // no host that there can be
  }
}
