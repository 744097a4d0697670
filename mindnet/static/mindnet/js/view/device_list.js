/* One's devices as a list, with what is known of each, and the way to put one out. */

import { bdi, h } from "./dom.js";
import { button } from "./keyring_here.js";

const LAST = "It is your last one: without a recovery code all that was sealed for you is lost.";
const KINDS = { device: "Device", recovery: "Recovery code" };

/** Every device that is or was in a log: its card, who let it in, and whether it is live. */
export function devicesOf(log) {
  const said = log.entries.map(({ statement }) => JSON.parse(statement));
  return said.filter(({ deed }) => deed !== "revoke").map(({ device, by, deed }) => ({
    card: log.device(device), isRoot: deed === "root", by: log.device(by), isLive: log.live.has(device),
  }));
}

/** `revoke(card)` puts one out, `handOn(card)` hands earlier messages on to it; where this browser may not, they are left out. */
export function deviceList(log, { own, revoke, handOn }) {
  const all = devicesOf(log), gone = all.filter(({ isLive }) => !isLive);
  return [
    h("ul", { class: "device-list", "aria-label": "Devices" },
      all.filter(({ isLive }) => isLive).map((one) => item(one, log, { own, revoke, handOn }))),
    gone.length > 0 && h("details", {}, h("summary", {}, `Put out: ${gone.length}`),
      h("ul", { class: "device-list" }, gone.map((one) => item(one, log, { own })))),
  ];
}

function item({ card, isRoot, by }, log, { own, revoke, handOn }) {
  const marks = [
    card.id === own?.id && "this browser", isRoot && "the first", card.kind === "recovery" && "recovery code",
  ].filter(Boolean);
  const li = h("li", {},
    h("div", { class: "device-words" },
      h("p", {}, bdi(card.name), ...marks.flatMap((mark) => [" ", h("span", { class: "role" }, mark)])),
      h("p", { class: "fine" }, day(card.made_at), !isRoot && [", let in by ", bdi(by.name)])),
    handOn && !isRoot && card.kind === "device" && card.id !== own.id
      && button("Hand messages on", () => handOn(card), "small ghost", `Hand messages on to ${card.name}`),
    revoke && button("Put out", () => ask(li, card, log, { own, revoke }), "small ghost", `Put out ${card.name}`));
  return li;
}

/** Asks first, and says what it does. */
function ask(li, card, log, { own, revoke }) {
  li.querySelector(".device-sure")?.remove();
  const others = [...log.live.values()].filter(({ id, kind }) => id !== card.id && kind === "device");
  const sure = h("div", { class: "device-sure", role: "group", "aria-label": `Put out ${card.name}` },
    h("p", {}, `${KINDS[card.kind]} “`, bdi(card.name), "” opens nothing that is sealed from now on, and never comes back. ",
      card.id === own?.id && "It is this browser. ", card.kind === "device" && !others.length && LAST),
    h("p", { class: "actions" }, button("Put it out", () => revoke(card), "small"),
      button("Leave it", () => sure.remove(), "small ghost")));
  li.append(sure);
  sure.querySelector("button").focus();
}

function day(text) {
  const date = new Date(text), parts = /** @type {const} */ ({ day: "numeric", month: "long", year: "numeric" });
  return Number.isNaN(date.getTime()) ? "at some time" : `since ${date.toLocaleDateString("en-GB", parts)}`;
}
