/* The life of a page, told to the client. */

import { Lifecycle } from "../client/lifecycle.js";

const SIGNS_OF_LIFE = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"];

export class PageLifecycle extends Lifecycle {
  constructor() {
    super();
    for (const type of SIGNS_OF_LIFE) {
      window.addEventListener(type, () => this.emit("active"), { passive: true });
    }
    window.addEventListener("storage", ({ key }) => this.emit("storage", key));
    window.addEventListener("online", () => this.emit("network"));
    window.addEventListener("offline", () => this.emit("network"));
    document.addEventListener("visibilitychange", () => this.emit(this.isVisible ? "visible" : "hidden"));
    window.addEventListener("pagehide", () => this.emit("leaving"));
  }

  get isVisible() {
    return document.visibilityState === "visible";
  }
}
