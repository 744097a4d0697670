/* A page drawn over the page one is on, so that a live room stays as it is beneath.

   A link with `data-sheet` opens what it leads to in a dialog. Forms in there are sent from there. An answer that leads
   elsewhere replaces what the dialog shows; one that leads back to the page beneath closes it. Without scripts the link
   is a link, and the page a page.

   After a form was carried out, `mindnet:changed` goes to the document: what the page knows may have become something
   else. */

import { enhance } from "./enhance.js";
import { h, icon, isPlain } from "./dom.js";

const SIGN_IN = "/accounts/login/";

/** @type {Sheet | null} */
let shown = null;

/** Opens a page of ours over this one. */
export function openSheet(url) {
  shown ??= new Sheet(() => (shown = null));
  return shown.show(new URL(url, location.href));
}

/** Takes the links of this document that say `data-sheet`. */
export function takeSheetLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-sheet]");
    if (!link || !isPlain(event) || event.defaultPrevented) return;
    event.preventDefault();
    openSheet(link.href);
  });
}

class Sheet {
  #opener = document.activeElement;
  #body = h("div", { class: "sheet-body" });
  #dialog;
  #onClosed;

  constructor(onClosed) {
    this.#onClosed = onClosed;
    this.#dialog = h("dialog", { class: "card dialog sheet" },
      h("button", { class: "quiet sheet-close", type: "button", "aria-label": "Close", onclick: () => this.close() },
        icon("close")),
      this.#body);
    this.#dialog.addEventListener("submit", (event) => this.#submit(event));
    this.#dialog.addEventListener("click", (event) => this.#click(event));
    this.#dialog.addEventListener("close", () => this.#closed());
    document.body.append(this.#dialog);
    this.#dialog.showModal();
  }

  async show(url) {
    this.#body.replaceChildren(h("p", { class: "muted", role: "status" }, "One moment…"));
    await this.#ask(url, {});
  }

  close() {
    this.#dialog.close();
  }

  #closed() {
    this.#dialog.remove();
    this.#onClosed();
    this.#openerNow()?.focus({ preventScroll: true });
  }

  /** A live list may have been drawn anew meanwhile, with the same link in it. */
  #openerNow() {
    if (this.#opener?.isConnected) return this.#opener;
    const href = this.#opener?.getAttribute("href");
    return href ? document.querySelector(`a[data-sheet][href="${CSS.escape(href)}"]`) : null;
  }

  /** A link to the page beneath, or to a message on it, leads there by closing: it is there already, and live. */
  #click(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || !isPlain(event) || link.origin !== location.origin || link.pathname !== location.pathname) return;
    const isToMessage = link.hash.startsWith("#m") && ["", link.hash.replace("#m", "?message=")].includes(link.search);
    if (!isToMessage && (link.search || link.hash)) return;
    event.preventDefault();
    this.close();
    if (!isToMessage) return;
    // A page that stands there already hears of it once more.
    history.replaceState(null, "", location.pathname);
    location.hash = link.hash;
  }

  #submit(event) {
    const form = event.target, button = event.submitter;
    const data = new FormData(form, button);
    const url = new URL(button?.getAttribute("formaction") ?? form.getAttribute("action") ?? "", this.#address);
    event.preventDefault();
    if (form.method === "get") {
      url.search = new URLSearchParams(data).toString();
      this.#ask(url, {});
    } else {
      const isMultipart = form.enctype === "multipart/form-data";
      this.#send(url, { method: "POST", body: isMultipart ? data : new URLSearchParams(data) });
    }
  }

  /** One form at a time: what is pressed twice is sent once. */
  async #send(url, options) {
    if (this.#body.getAttribute("aria-busy") === "true") return;
    this.#body.setAttribute("aria-busy", "true");
    try {
      if (await this.#ask(url, options)) document.dispatchEvent(new CustomEvent("mindnet:changed"));
    } finally {
      this.#body.removeAttribute("aria-busy");
    }
  }

  /** Where what is shown came from: relative addresses in it count from there. */
  #address = location.href;

  /** Whether it was answered, and not refused. */
  async #ask(url, options) {
    let response;
    try {
      response = await fetch(url, { ...options, headers: { Accept: "text/html" }, credentials: "same-origin" });
    } catch {
      this.#say("The server is not reached. What you have written is still here: try again in a moment.");
      return false;
    }
    const { pathname } = new URL(response.url);
    const text = await response.text();
    if (pathname === SIGN_IN || (response.redirected && pathname === "/")) {
      location.assign(response.url);
      return false;
    }
    if (response.redirected && pathname === location.pathname) this.#carriedOut(text);
    else this.#draw(text, response.url);
    return response.ok;
  }

  /** The page beneath says what was done. Its own copy is live, so only the words are taken over. */
  #carriedOut(text) {
    const words = parse(text).querySelector(".notices");
    this.close();
    if (!words) return;
    document.querySelector(".notices")?.remove();
    document.querySelector("#main").before(document.adoptNode(words));
  }

  #draw(text, address) {
    const page = parse(text), main = page.querySelector("#main"), notices = page.querySelector(".notices");
    if (!main) {
      location.assign(address);
      return;
    }
    this.#address = address;
    bringStyles(page);
    this.#body.replaceChildren(...(notices ? [document.adoptNode(notices)] : []), ...[...main.children].map((child) =>
      document.adoptNode(child)));
    const heading = this.#body.querySelector("h1, h2");
    this.#dialog.setAttribute("aria-label", heading?.textContent.trim() ?? "");
    enhance(this.#body);
    const first = this.#body.querySelector("[aria-invalid=true], [role=alert], [autofocus]") ?? heading;
    if (first && !first.matches("input, textarea, select, button, a")) first.tabIndex = -1;
    first?.focus();
  }

  #say(words) {
    this.#body.querySelector("[data-sheet-note]")?.remove();
    this.#body.prepend(h("p", { class: "error", role: "alert", "data-sheet-note": true }, words));
  }
}

/** What the page is drawn with, and the one beneath it is not. */
function bringStyles(page) {
  for (const link of page.querySelectorAll("link[rel=stylesheet]")) {
    const href = link.getAttribute("href");
    if (!document.querySelector(`link[href="${CSS.escape(href)}"]`)) document.head.append(document.adoptNode(link));
  }
}

/** A document of ours. Scripts in it do not run. */
function parse(text) {
  return new DOMParser().parseFromString(text, "text/html");
}
