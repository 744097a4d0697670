/* Asks why a message cannot wait for the bell. */

import { codePoints } from "../client/text.js";
import { h } from "./dom.js";
import { most } from "./most.js";

/** Resolves to the reason, or to null when it can wait after all. */
export function askWhyUrgent() {
  const input = h("input", {
    id: "urgent-reason", name: "reason", required: true, maxlength: most.urgent_reason * 2, autocomplete: "off",
    dir: "auto", "aria-describedby": "urgent-help",
  });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const form = h("form", { method: "dialog" },
    h("label", { for: "urgent-reason" }, "Why can it not wait?"), input, error,
    h("p", { class: "help", id: "urgent-help" },
      "It is shown at once only as the one who meditates allows: some let nobody through, some chosen people, ",
      "some whoever is urgent twice within ten minutes. In any case it comes at the bell."),
    h("div", { class: "actions" },
      h("button", { class: "button", value: "send" }, "Send as urgent"),
      h("button", { class: "button ghost", type: "button", onclick: () => dialog.close("") }, "It can wait")));
  const dialog = h("dialog", { class: "card dialog", "aria-label": "Urgent message" }, form);
  form.addEventListener("submit", (event) => {
    const length = codePoints(input.value.trim());
    if (length >= 1 && length <= most.urgent_reason) return;
    event.preventDefault();
    error.textContent = length ? `${length - most.urgent_reason} characters too many.` : "Say why.";
    error.hidden = false;
  });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "send" ? input.value.trim() : null);
    });
  });
}
