/* A picture over the page, and from it to the others that the page shows.

   Left and right go to the picture before and after, as do the buttons and a swipe; Escape, "back" and a click beside
   it close. What is shown is what the page has at that moment: a picture that comes meanwhile is the next one. One that
   is larger than the window is shown as large as it is by a click on it, or by the button "1:1". */

import { bdi, h, icon } from "./dom.js";

const PICTURES = "a[data-picture]";
// Less is a finger that trembles.
const SWIPE_PIXELS = 50;

/** Opens what a link `data-picture` leads to. Its message names who has sent it: an element `.sender` in one with
    `data-id`. */
export function openViewer(link) {
  // Clicked twice, it is opened once.
  if (!document.querySelector("dialog.viewer")) new Viewer(link);
}

class Viewer {
  #opener;
  #within;
  #link;
  #from = null;
  #image = h("img", {});
  #name = bdi("");
  #who = h("span", { class: "viewer-who" });
  #place = h("span", { class: "viewer-place" });
  #download = h("a", { class: "viewer-button", download: "" }, icon("download"), h("span", {}, "Download"));
  #zoom = h("button", {
    class: "viewer-button", type: "button", "aria-label": "Actual size, 1:1", onclick: () => this.#enlarge(),
  }, "1:1");
  #previous = this.#button("back", "Picture before", "viewer-previous", () => this.#step(-1));
  #next = this.#button("back", "Picture after", "viewer-next", () => this.#step(1));
  #stage = h("div", { class: "viewer-stage" }, this.#image);
  #dialog;

  constructor(link) {
    this.#opener = link;
    this.#within = link.closest("dialog");
    this.#dialog = h("dialog", { class: "viewer", "aria-label": "Picture" },
      h("div", { class: "viewer-bar" },
        h("p", { class: "viewer-words", "aria-live": "polite" }, this.#name, " ", this.#who, " ", this.#place),
        this.#zoom, this.#download, this.#button("close", "Close", "viewer-close", () => this.#dialog.close())),
      this.#previous, this.#stage, this.#next);
    this.#listen();
    document.body.append(this.#dialog);
    this.#show(link);
    this.#dialog.showModal();
    this.#dialog.querySelector(".viewer-close").focus();
    // "Back" is how one closes things on a phone.
    history.pushState({ viewer: true }, "");
    addEventListener("popstate", this.#wentBack);
  }

  #button(name, label, more, onclick) {
    return h("button", { class: `viewer-button ${more}`, type: "button", "aria-label": label, onclick }, icon(name));
  }

  #listen() {
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const isScrolling = this.#isEnlarged && event.target === this.#stage;
      if (!step || isScrolling || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.#step(step);
    });
    this.#stage.addEventListener("click", ({ target }) =>
      target === this.#stage ? this.#dialog.close() : this.#isLarger && this.#enlarge());
    this.#stage.addEventListener("pointerdown", ({ clientX, isPrimary }) => (this.#from = isPrimary ? clientX : null));
    this.#stage.addEventListener("pointerup", ({ clientX, pointerType }) => this.#swiped(clientX, pointerType));
  }

  #swiped(x, pointerType) {
    const way = this.#from === null ? 0 : x - this.#from;
    this.#from = null;
    if (pointerType !== "mouse" && !this.#isEnlarged && Math.abs(way) >= SWIPE_PIXELS) this.#step(way < 0 ? 1 : -1);
  }

  get #isEnlarged() {
    return this.#stage.classList.contains("enlarged");
  }

  get #isLarger() {
    const { naturalWidth, naturalHeight, width, height } = this.#image;
    return this.#isEnlarged || naturalWidth > width + 1 || naturalHeight > height + 1;
  }

  /** As large as it is, or as the window allows. Moved about then by scrolling, also with the keys. */
  #enlarge(isOn = !this.#isEnlarged) {
    this.#stage.classList.toggle("enlarged", isOn);
    this.#stage.tabIndex = isOn ? 0 : -1;
    this.#zoom.setAttribute("aria-pressed", String(isOn));
    if (isOn) this.#stage.scrollTo((this.#stage.scrollWidth - innerWidth) / 2, 0);
  }

  /** Where there is nothing further, it stays. */
  #step(by) {
    const links = this.#links(), index = links.indexOf(this.#now(links));
    const link = links[index + by];
    if (index >= 0 && link) this.#show(link);
  }

  /** Those of the page drawn over this one are no pictures of the conversation beneath. */
  #links() {
    return [...document.querySelectorAll(PICTURES)].filter((link) =>
      link.closest("dialog") === this.#within);
  }

  /** A live list may have been drawn anew meanwhile, with the same picture in it. */
  #now(links) {
    return this.#link.isConnected ? this.#link : links.find(({ href }) => href === this.#link.href);
  }

  #show(link) {
    this.#link = link;
    const links = this.#links(), index = links.indexOf(link);
    const small = link.querySelector("img"), { width, height } = link.dataset;
    this.#enlarge(false);
    this.#image.replaceWith(this.#image = this.#picture(link.href, small, width, height));
    this.#name.textContent = small.alt;
    this.#who.textContent = whose(link);
    this.#place.textContent = links.length > 1 ? `${index + 1} of ${links.length}` : "";
    this.#download.href = link.href;
    this.#download.download = small.alt;
    // Not `disabled`: the focus would be lost with the button.
    this.#previous.setAttribute("aria-disabled", String(index <= 0));
    this.#next.setAttribute("aria-disabled", String(index >= links.length - 1));
    for (const near of [links[index + 1], links[index - 1]]) if (near) new Image().src = near.href;
  }

  /** What the page has of it already stands there until the whole of it has come. */
  #picture(url, small, width, height) {
    const image = h("img", { src: small.currentSrc || url, alt: small.alt, width, height });
    const whole = new Image();
    whole.addEventListener("load", () => (image.src = url));
    whole.addEventListener("error", () => this.#image === image && this.#gone(image));
    whole.src = url;
    return image;
  }

  #gone(image) {
    image.replaceWith(this.#image = h("p", { class: "viewer-gone", role: "status" },
      "This picture cannot be shown: it is gone, or out of reach."));
  }

  #wentBack = () => this.#dialog.close();

  #closed() {
    removeEventListener("popstate", this.#wentBack);
    if (history.state?.viewer) history.back();
    this.#dialog.remove();
    this.#focusBack();
  }

  #focusBack() {
    const link = this.#opener.isConnected ? this.#opener : this.#links().find(({ href }) => href === this.#opener.href);
    link?.focus({ preventScroll: true });
  }
}

function whose(link) {
  const message = link.closest("[data-id]");
  const sender = message?.querySelector(".sender")?.textContent ?? "", time = message?.querySelector("time");
  return [sender, time?.title || time?.textContent].filter(Boolean).join(", ");
}
