/* The client as one module, for whoever builds on it: a bot, another page, a phone's web view.

     import { Client } from "…/client/index.js";

   The pages import the modules one by one, so that each loads what it uses and no more. */

export * from "./blobs.js";
export * from "./attachments.js";
export * from "./blocked.js";
export * from "./client.js";
export * from "./clock.js";
export * from "./commands.js";
export * from "./completion.js";
export * from "./connection.js";
export * from "./devices.js";
export * from "./drafts.js";
export * from "./emitter.js";
export * from "./emojis.js";
export * from "./events.js";
export * from "./file_seals.js";
export * from "./files.js";
export * from "./folding.js";
export * from "./freight.js";
export * from "./handing_on.js";
export * from "./kept_entries.js";
export * from "./kept_logs.js";
export * from "./key_store.js";
export * from "./keyring.js";
export * from "./lane.js";
export * from "./lifecycle.js";
export * from "./links.js";
export * from "./markup.js";
export { HIDDEN, Inlines } from "./markup_inlines.js";
export * from "./mind_link.js";
export * from "./open_room.js";
export * from "./opened_messages.js";
export * from "./outbox.js";
export * from "./own_devices.js";
export * from "./own_reactions.js";
export * from "./permissions.js";
export * from "./pictures.js";
export * from "./presence.js";
export * from "./quotes.js";
export * from "./receipts.js";
export * from "./rest.js";
export * from "./rooms.js";
export * from "./sealed_search.js";
export * from "./sealing.js";
export * from "./sealing_words.js";
export * from "./session.js";
export * from "./shapes.js";
export * from "./storage.js";
export * from "./text.js";
export * from "./time.js";
export * from "./timeline.js";
export * from "./typing.js";
export * from "./unread.js";
export * from "./unread_counts.js";
export * from "./uploads.js";
