/* The recovery code: made, shown once, and in force when somebody has shown that they wrote it down. */

import { h } from "./dom.js";
import { button, field, form } from "./keyring_here.js";

const ASKED = 4; // signs of the first group

/**
 * `hasCode`: whether there is one. `ownPart`: one's part of every safety number. `prepare()` makes a code, `put(prepared)` has
 * it take effect.
 */
export function recoveryPart({ hasCode, ownPart, prepare, put }) {
  const part = h("section", { class: "device-part" }, h("h2", {}, "Recovery code"), h("p", {}, hasCode
    ? "You have one. It opens what was sealed since it was made, and lets a new browser in when all others are lost."
    : "You have none. If you lose all your devices, everything that was sealed for you is lost with them."));
  part.append(h("p", {}, button(hasCode ? "Make a new one" : "Make a recovery code", async () => {
    const prepared = await prepare();
    show(part, prepared, { hasCode, ownPart, put });
  }, hasCode ? "ghost" : "")));
  return part;
}

function show(part, prepared, { hasCode, ownPart, put }) {
  const error = h("p", { class: "error", role: "alert", hidden: true }, "That is not how it begins.");
  part.replaceChildren(
    h("h2", { tabindex: "-1" }, "Your recovery code"),
    h("p", {}, "Write it down on paper, and keep it where nobody looks. It is shown this once, and the server never sees it. "
      + "Whoever has it can read everything."),
    h("p", { class: "secret-code", "data-held": true }, prepared.code),
    h("p", {}, "Beside it, write your part of every safety number, by which you know that a new browser was shown your devices: ",
      h("strong", {}, ownPart.join(" "))),
    form((data) => {
      const typed = String(data.get("recovery-begins")).trim().toUpperCase();
      error.hidden = typed === prepared.code.slice(0, ASKED);
      if (error.hidden) put(prepared);
    },
    field("recovery-begins", "How does it begin? Type the first four signs from your paper", { maxlength: String(ASKED) }), error,
    h("p", { class: "actions" }, button(hasCode ? "Replace the old code" : "Use this code"))),
  );
  part.querySelector("h2").focus();
}
