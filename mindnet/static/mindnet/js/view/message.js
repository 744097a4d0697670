/* One message as an element. mindnet/templatetags/messages.py draws the same. */

import { snippet } from "../client/text.js";
import { clockTime, fullTime } from "../client/time.js";
import { attachmentsElement } from "./attachments.js";
import { avatar } from "./avatar.js";
import { bdi, h, icon } from "./dom.js";
import { markupElement } from "./markup.js";

/** `message` as it is shown: what is sealed has been opened (client/opened_messages.js). `context`: {me, isFirst, quoted,
    canAct, onAction, onReact, isMine, names, isBlocked, waiting, filesOf}. `quoted` is the message that is quoted, where it
    is held. A click on it is taken by `Aids`. `filesOf`, in a mind-link, draws files that are sealed. */
export function messageElement(message, context) {
  const isOwn = message.sender.id === context.me.id;
  const classes = ["message", context.isFirst && "first", isOwn && "own",
    message.mentions?.includes(context.me.id) && "mentions-me"].filter(Boolean).join(" ");
  const element = h("article", { class: classes, id: `m${message.id}`, "data-id": message.id, tabindex: "-1" },
    senderLine(message),
    h("div", { class: "bubble" }, quote(message, context), body(message, context), files(message, context),
      acknowledgement(message, context), meta(message)),
    reactions(message, context),
  );
  if (context.canAct && !message.deleted) element.append(moreButton(message, context));
  return element;
}

/** Drawn for every message and shown by the class `first` alone, so that grouping never redraws. */
function senderLine({ sender }) {
  return h("header", {}, avatar(sender), bdi(sender.username, { class: "sender" }));
}

/** In the place of messages of people one has blocked: the first of a stretch says how many (`countFolded`), those behind
    it have no height. */
export function foldedElement(message, onShow) {
  return h("article", { class: "message fold", id: `m${message.id}`, "data-id": message.id, tabindex: "-1" },
    h("p", { class: "muted" }, h("span", { "data-fold-words": true }), " ",
      h("button", { class: "text-button", type: "button", onclick: onShow }, "Show")));
}

export function countFolded(element, count) {
  const slot = element.querySelector("[data-fold-words]");
  const words = `${count === 1 ? "1 message" : `${count} messages`} from people you have blocked`;
  if (slot.textContent !== words) slot.textContent = words;
}

function quote(message, { quoted, isBlocked }) {
  if (!message.reply_to) return null;
  if (quoted && isBlocked(quoted.sender)) {
    return h("blockquote", { class: "quote" }, "A message from somebody you have blocked");
  }
  if (!quoted) return h("blockquote", { class: "quote" }, "An earlier message");
  const words = quoted.deleted ? h("span", { class: "gone" }, "Deleted") : bdi(snippet(quoted));
  return h("blockquote", { class: "quote" },
    h("a", { href: `#m${quoted.id}` }, bdi(quoted.sender.username, { class: "sender" }), " ", words));
}

function body(message, { me }) {
  if (message.deleted) return h("p", { class: "gone" }, "Deleted");
  if (message.message_type === "sealed") {
    return h("p", { class: "gone" }, message.words ?? "Sealed: only the devices it was written for can read it.");
  }
  return message.content ? markupElement(message.content, { me, mentions: message.mentions ?? [] }) : null;
}

function files({ attachments, deleted, message_type: type, is_opened: isOpened }, { filesOf }) {
  if (!attachments.length || deleted || type === "sealed") return null;
  return isOpened ? filesOf(attachments) : attachmentsElement(attachments);
}

function acknowledgement(message, { waiting }) {
  const isGiven = waiting?.answers.get(message.id);
  if (isGiven === undefined || message.deleted) return null;
  if (isGiven) return h("p", { class: "acknowledged" }, "Acknowledged");
  const acknowledge = () => waiting.acknowledge(message.id);
  return h("p", { class: "acknowledged" },
    h("button", { class: "button small", type: "button", onclick: acknowledge }, "Acknowledge"));
}

function meta(message) {
  const isEdited = message.edited_at && !message.deleted;
  return h("p", { class: "meta" },
    message.urgent ? h("span", { class: "urgent" }, "urgent") : null, message.urgent ? " " : null,
    message.is_plain ? h("span", { class: "unsealed" }, "not sealed") : null, message.is_plain ? " · " : null,
    isEdited ? [edited(message), " · "] : null,
    h("time", { datetime: message.timestamp, title: fullTime(message.timestamp) }, clockTime(message.timestamp)),
    h("span", { class: "receipt", "data-receipt": true }),
  );
}

/** Leads to what it said before. Of a sealed message the server keeps no earlier text. */
function edited({ room, id, message_type: type, is_opened: isOpened }) {
  if (type === "sealed" || isOpened) return "edited";
  return h("a", { href: `/room/${room}/message/${id}/versions`, "data-sheet": true }, "edited");
}

function reactions(message, { me, onReact, isMine, canAct, names, isBlocked }) {
  const given = Object.entries(message.reactions)
    .map(([emoji, ids]) => [emoji, ids.filter((id) => !isBlocked({ id })), message.reaction_counts?.[emoji]])
    .filter(([, who, count]) => count || who.length);
  if (!given.length || message.deleted) return null;
  return h("ul", { class: "reactions" }, given.map(([emoji, who, count]) => {
    return h("li", {}, h("button", {
      class: "chip", type: "button", "aria-pressed": String(isMine(message, emoji)), disabled: !canAct,
      title: who.map((id) => (id === me.id ? "you" : names(id))).filter(Boolean).join(", "),
      onclick: () => onReact(message, emoji),
    }, emoji, " ", String(count ?? who.length)));
  }));
}

function moreButton(message, { onAction }) {
  return h("button", {
    class: "more", type: "button", tabindex: "-1", "aria-haspopup": "true", "aria-expanded": "false",
    "aria-label": `What to do with the message of ${message.sender.username}`,
    onclick: () => onAction(message),
  }, icon("more"));
}

/** A message that is on its way out, or could not go. `context` as for one that is stored, plus onRetry, onDiscard,
    isLive(), pendingFiles. */
export function pendingElement(entry, context) {
  const { isFirst, onRetry, onDiscard, isLive, pendingFiles } = context;
  const why = entry.reason ? `${entry.error} ${entry.reason}` : entry.error;
  const hasFailed = entry.state === "failed";
  const classes = ["message own pending", isFirst && "first", hasFailed && "failed"].filter(Boolean).join(" ");
  return h("article", { class: classes, "data-nonce": entry.nonce },
    h("div", { class: "bubble" },
      quote(entry, context),
      entry.content ? markupElement(entry.content) : null,
      entry.files ? pendingFiles?.element(entry) ?? h("p", { class: "muted" }, namesOf(entry.files)) : null,
      entry.state === "held" ? waitsForModerator(entry) : hasFailed
        ? h("p", { class: "meta" }, `Not sent. ${why} `,
          entry.wasHeld ? null
            : wordButton("Try again", entry, onRetry), " ", wordButton("Discard", entry, onDiscard))
        : h("p", { class: "meta" }, entry.files && !isLive() ? "waits for the connection" : "waiting",
          entry.files ? [" ", wordButton("Cancel", entry, onDiscard)] : null)));
}

function wordButton(words, { nonce }, onClick) {
  const spot = `${nonce} ${words}`;
  return h("button", { class: "text-button", type: "button", "data-spot": spot, onclick: () => onClick(nonce) }, words);
}

function namesOf(files) {
  return files.map(({ name }, index) => [index ? ", " : "", bdi(name)]).flat();
}

/** The page of what waits has the button that takes it back. */
function waitsForModerator({ room, reason }) {
  return h("p", { class: "meta" }, `Waits for a moderator. ${reason ?? ""} `,
    h("a", { href: `/room/${room}/held`, "data-sheet": true }, "Take back"));
}
