/* A button beside a field that holds something to take away. Where the browser gives no clipboard, as on a page without
   TLS, the text is selected instead, to be copied by hand. */

import { h } from "./dom.js";

/** @param {HTMLInputElement} field */
export function addCopyButton(field) {
  const status = h("span", { class: "hidden-text", role: "status" });
  const button = h("button", { class: "button small ghost", type: "button" }, "Copy");
  const say = (words) => {
    button.textContent = words;
    status.textContent = words;
  };
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      say("Copied");
    } catch {
      say("Selected");
    }
  });
  field.addEventListener("focus", () => field.select());
  field.after(button, status);
}
