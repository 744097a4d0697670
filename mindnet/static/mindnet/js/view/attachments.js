/* The files of a message: pictures, players, and cards to download. The template attachments.html draws the same.

   Every picture and film has its size before it is there, so that nothing moves when it comes. A picture is a link to
   the whole of it; `takePictures` opens it over the page instead. */

import { fitted, kindOf, measureWords } from "../client/attachments.js";
import { bdi, h, icon, isPlain } from "./dom.js";

/** Of a message that has any. */
export function attachmentsElement(files) {
  const pictures = files.filter((file) => kindOf(file) === "image");
  const others = files.filter((file) => kindOf(file) !== "image");
  const classes = pictures.length > 1 ? "pictures several" : "pictures";
  return h("div", { class: "files" },
    pictures.length ? h("ul", { class: classes }, pictures.map((file) => h("li", {}, picture(file)))) : null,
    others.length ? h("ul", { class: "file-list" }, others.map(fileElement)) : null);
}

/** A message that is drawn anew keeps the files it had: what plays goes on, and nothing is fetched again. A message has
    its files for good, so they are the same as long as there are any. Gives what has the focus in there, or null. */
export function keepFiles(before, now) {
  const held = before.querySelector(".files"), drawn = now.querySelector(".files");
  if (!held || !drawn) return null;
  const focused = held.contains(document.activeElement) ? document.activeElement : null;
  drawn.replaceWith(held);
  return focused;
}

function picture({ url, thumbnail_url, name, width, height }) {
  const [wide, high] = fitted(width, height);
  return h("a", { class: "picture", href: url, "data-picture": true, "data-width": width, "data-height": height },
    h("img", { loading: "lazy", decoding: "async", src: thumbnail_url ?? url, alt: name, width: wide, height: high }));
}

function fileElement(file) {
  const kind = kindOf(file);
  return h("li", { class: `file ${kind}` }, kind === "file" ? card(file) : [player(file, kind), line(file)]);
}

function card(file) {
  return h("a", { class: "file-card", href: file.url, download: file.name }, icon("file"), words(file), icon("download"));
}

function player(file, kind) {
  const common = { controls: true, preload: "metadata", src: file.url, "aria-label": file.name };
  if (kind === "audio") return h("audio", common);
  const [width, height] = fitted(file.width, file.height);
  return h("video", { ...common, playsinline: true, poster: file.thumbnail_url, width, height });
}

function line(file) {
  return h("p", { class: "file-line" }, words(file),
    h("a", { class: "quiet", href: file.url, download: file.name, "aria-label": `Download ${file.name}` },
      icon("download")));
}

function words(file) {
  return h("span", { class: "file-words" }, bdi(file.name), " ", h("small", {}, measureWords(file)));
}

/** For the document, once: pictures open over the page, and what cannot be had is said in words. */
export function takePictures() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[data-picture]");
    if (!link || event.defaultPrevented || !isPlain(event)) return;
    event.preventDefault();
    const { openViewer } = await import("./viewer.js");
    openViewer(link);
  });
  // Such events do not rise; on their way down they are heard.
  document.addEventListener("error", ({ target }) => isOfFiles(target) && sayGone(target), { capture: true });
  document.addEventListener("loadedmetadata", ({ target }) => learnLength(target), { capture: true });
  // Those that the server has drawn may have failed before this script was here.
  for (const image of document.querySelectorAll(".files img")) {
    if (image.complete && image.currentSrc && !image.naturalWidth) sayGone(image);
  }
}

/** A browser that records does not write how long it was. Whoever goes to the end knows, and comes back. */
function learnLength(media) {
  if (media.duration !== Infinity || !media.paused) return;
  media.addEventListener("durationchange", () => (media.currentTime = 0), { once: true });
  media.currentTime = Number.MAX_SAFE_INTEGER;
}

function isOfFiles(target) {
  return target instanceof Element && target.matches(".files :is(img, audio, video)");
}

/** In its place and of its size, so that nothing moves. The link stays: what failed once may come another time. */
function sayGone(target) {
  if (target.nextElementSibling?.matches(".file-gone")) return;
  const what = target.matches("img") ? "This picture cannot be shown" : "This cannot be played";
  target.closest("li").classList.add("is-gone");
  target.after(h("span", { class: "file-gone" }, `${what}: it is gone, or out of reach.`));
}
