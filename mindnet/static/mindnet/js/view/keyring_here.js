/* The keyring as pages have it, and the sentences they say about it. */

import { Devices } from "../client/devices.js";
import { openKeyring } from "../client/keyring.js";
import { Rest, RestError } from "../client/rest.js";
import { Refused } from "../client/sealed/refused.js";
import { find, h } from "./dom.js";

export const UNAVAILABLE = {
  insecure: "Sealing is switched off here: this page did not come over HTTPS, and browsers lend their cryptography to secure "
    + "pages alone. Whoever runs this server can change that.",
  algorithms: "Sealing is switched off here: this browser lacks the algorithms. A newer one has them.",
  storage: "Sealing is switched off here: this browser keeps no keys, as some do in private windows. An ordinary window may.",
};

const TROUBLE = {
  other_root: "Your list of devices begins with another device than before. Decide about that first.",
  withheld: "The server shows fewer entries of this list of devices than it has shown before. Something is held back.",
  forked: "The server shows another list of devices than it has shown before. One of the two is false.",
  broken: "The server shows a list of devices that breaks its own rules. Somebody may have altered it.",
  unsupported: "One of these devices has keys that this browser cannot use. A newer browser can.",
};

const REFUSED = {
  ...TROUBLE,
  code: "This code fits nothing that waits here. Compare it sign by sign.",
  exists: "You have a device already: let this browser in on it, or use your recovery code.",
  no_recovery: "There is no recovery code.",
  not_endorsed: "This browser is not one of your devices.",
  many: "You have as many devices as there may be. Put one out first.",
};

export function keyringHere() {
  const { me } = JSON.parse(find("#mindnet-data").textContent);
  const rest = new Rest(location.origin, { csrfToken: () => find("[name=csrfmiddlewaretoken]").value });
  const persist = async () => navigator.storage?.persist?.();
  return openKeyring(me.id, { rest, persist }).then((keyring) => ({ me, keyring, rest, devices: new Devices(rest) }));
}

export function troubleWords(why) {
  return TROUBLE[why] ?? TROUBLE.broken;
}

export function refusedWords(why) {
  return REFUSED[why] ?? "This cannot be done.";
}

/** What went wrong on the way to the server. Anything else is a fault, and is thrown on. */
export function failedWords(error) {
  if (error instanceof RestError) {
    const { errors, detail } = error.refusal;
    return Object.values(errors ?? {}).flat()[0] ?? detail ?? "The server cannot do this now. Try again.";
  }
  if (error instanceof DOMException) return "This browser did not keep the keys: its storage is full, or switched off.";
  if (error instanceof Refused) return "What this browser had kept of devices is damaged, or was altered.";
  if (error instanceof TypeError) return "The server is not reached. Try again.";
  throw error;
}

export function oneMoment() {
  return h("p", { class: "muted", role: "status" }, "One moment…");
}

export function warning(...content) {
  return h("div", { class: "device-warning", role: "alert" }, ...content);
}

/** A form that scripts alone send. `work` gets its data. */
export function form(work, ...content) {
  return h("form", {
    onsubmit: (event) => {
      event.preventDefault();
      event.stopPropagation(); // a sheet would send it
      work(new FormData(event.target));
    },
  }, ...content);
}

export function field(id, label, attributes, help = null) {
  const described = help ? `${id}-help` : null;
  return h("p", { class: "field" }, h("label", { for: id }, label),
    h("input", { id, name: id, required: true, autocomplete: "off", "aria-describedby": described, ...attributes }),
    help && h("span", { class: "help", id: `${id}-help` }, help));
}

/** `label` where the words alone do not say of what. */
export function button(words, onclick = null, kind = "", label = null) {
  const type = onclick ? "button" : "submit";
  return h("button", { class: `button ${kind}`.trim(), type, "aria-label": label, onclick }, words);
}
