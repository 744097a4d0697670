/* The files of a sealed message. The server has bytes that only this browser can open: a picture is fetched when it comes into
   sight, anything else when it is asked for, and is there for as long as the page is.

   Until then a picture shows the small one that came with its message, and has the size it will have. */

import { fitted, kindOf, measureWords } from "../client/attachments.js";
import { bdi, h, icon } from "./dom.js";

// A larger picture is fetched when somebody wants to see it.
const FETCHED_BYTES = 2 * 1024 * 1024;
const ACTS = { audio: "Play", video: "Play", file: "Download" };
const FAILED = "This cannot be opened: it is gone, out of reach, or not what was sealed.";

/** By the id of a file, what was opened: an address in this page. @type {Map<string, Promise<string>>} */
const addresses = new Map();
/** What is fetched once it is in sight. @type {WeakMap<Element, () => void>} */
const unseen = new WeakMap();
const sight = new IntersectionObserver((entries) => entries.forEach(({ isIntersecting, target }) => {
  if (!isIntersecting) return;
  sight.unobserve(target);
  unseen.get(target)?.();
}), { rootMargin: "50%" });

/** `open(file)` gives what was sealed, as a Blob, and raises where it cannot. */
export function sealedFilesElement(files, open) {
  const pictures = files.filter((file) => kindOf(file) === "image"), others = files.filter((file) => kindOf(file) !== "image");
  const classes = pictures.length > 1 ? "pictures several" : "pictures";
  return h("div", { class: "files" },
    pictures.length ? h("ul", { class: classes }, pictures.map((file) => h("li", {}, picture(file, open)))) : null,
    others.length ? h("ul", { class: "file-list" }, others.map((file) => other(file, open))) : null);
}

/** Fetched and opened once; after a failure the next one tries again. */
function addressOf(file, open) {
  if (!addresses.has(file.id)) {
    const address = open(file).then((blob) => URL.createObjectURL(blob));
    addresses.set(file.id, address);
    address.catch(() => addresses.delete(file.id));
  }
  return addresses.get(file.id);
}

/** Of messages that are gone: nothing of their files stays in the page, nor before somebody's eyes. */
export async function forgetFiles(ids) {
  for (const id of ids) {
    const url = await addresses.get(id)?.catch(() => null);
    addresses.delete(id);
    if (!url) continue;
    URL.revokeObjectURL(url);
    const viewer = document.querySelector("dialog.viewer");
    if (viewer?.querySelector(`img[src="${url}"]`)) viewer.close();
  }
}

function picture(file, open) {
  const { name, size, width, height, thumbnail_url: thumbnail } = file, [wide, high] = fitted(width, height);
  const image = h("img", { src: thumbnail ?? false, alt: name, width: wide, height: high });
  const show = async (isWanted) => {
    const url = await addressOf(file, open).catch(() => null);
    if (!url) return isWanted ? sayFailed(button) : null;
    image.src = url;
    // A link as those of other pictures, which opens over the page.
    const link = h("a", { class: "picture", href: url, "data-picture": true, "data-width": width, "data-height": height }, image);
    const hadFocus = document.activeElement === button;
    button.replaceWith(link);
    if (hadFocus) link.focus({ preventScroll: true });
    if (isWanted) link.click();
  };
  const button = h("button", { class: "picture", type: "button", "aria-label": `Open ${name}`, onclick: () => show(true) }, image);
  if (size <= FETCHED_BYTES) {
    unseen.set(button, () => show(false));
    sight.observe(button);
  }
  return button;
}

function other(file, open) {
  const kind = kindOf(file), act = ACTS[kind];
  const row = h("li", { class: `file ${kind}` });
  const run = async () => {
    button.setAttribute("aria-busy", "true");
    words.textContent = "Opening…";
    const url = await addressOf(file, open).catch(() => null);
    button.removeAttribute("aria-busy");
    words.textContent = url ? measureWords(file) : FAILED;
    if (url && kind === "file") save(url, file.name);
    else if (url) play(row, file, kind, url);
  };
  const words = h("small", { role: "status" }, measureWords(file));
  const button = h("button", { class: "file-card", type: "button", "aria-label": `${act} ${file.name}`, onclick: run },
    icon(kind === "audio" ? "microphone" : "file"), h("span", { class: "file-words" }, bdi(file.name), " ", words),
    kind === "file" ? icon("download") : h("span", { class: "file-act" }, act));
  if (kind === "video" && file.thumbnail_url) row.append(still(file, run));
  row.append(button);
  return row;
}

/** The beginning of a film, which plays by a click as well; the button below it is for everybody. */
function still({ width, height, thumbnail_url: src }, onclick) {
  const [wide, high] = fitted(width, height);
  return h("img", { class: "still", src, alt: "", width: wide, height: high, onclick });
}

/** In the place of its card, with a way to keep it. */
function play(row, file, kind, url) {
  const [width, height] = kind === "video" ? fitted(file.width, file.height) : [null, null];
  const poster = kind === "video" ? file.thumbnail_url : null;
  const player = h(kind, { controls: true, src: url, "aria-label": file.name, playsinline: true, poster, width, height });
  row.replaceChildren(player, h("p", { class: "file-line" },
    h("span", { class: "file-words" }, bdi(file.name), " ", h("small", {}, measureWords(file))),
    h("a", { class: "quiet", href: url, download: file.name, "aria-label": `Download ${file.name}` }, icon("download"))));
  player.focus({ preventScroll: true });
  player.play().catch(() => {});
}

function save(url, name) {
  h("a", { href: url, download: name }).click();
}

function sayFailed(button) {
  if (button.nextElementSibling?.matches(".file-gone")) return;
  button.closest("li").classList.add("is-gone");
  button.after(h("span", { class: "file-gone", role: "status" }, FAILED));
}
