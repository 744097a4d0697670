/* What every page of somebody signed in has: the data the server put into it, a client, the connection line, the sum of
   what is unread, one's status. */

import { Client } from "../client/client.js";
import { SteadyStorage } from "../client/storage.js";
import { takePictures } from "../view/attachments.js";
import { pictures } from "../view/avatar.js";
import { ConnectionLine } from "../view/connection_line.js";
import { countBy } from "../view/countdown.js";
import { find } from "../view/dom.js";
import { enhance } from "../view/enhance.js";
import { takeFindKey } from "../view/find_key.js";
import { HalfFilled } from "../view/half_filled.js";
import { learnMost } from "../view/most.js";
import { takeRoomKeys } from "../view/next_room.js";
import { OwnPresence } from "../view/own_presence.js";
import { RoomsList } from "../view/rooms_list.js";
import { takeSheetLinks } from "../view/sheet.js";
import { StatusControl } from "../view/status_control.js";
import { UnkeptNote } from "../view/unkept_note.js";
import { UrgentNotices } from "../view/urgent_notice.js";
import { Waiting } from "../view/waiting.js";
import { PageLifecycle } from "./lifecycle.js";

const SESSION_ENDED = 4501;

/** For who is not in the room: its news goes to participants. */
function readingWords(room) {
  if (!room || room.joined) return null;
  return room.is_active ? "Connected. What is new is shown live once you are in" : "Connected. This room has ended.";
}

export function pageData() {
  return JSON.parse(find("#mindnet-data").textContent);
}

/** `isPlain`: nothing that the page shows is live, so it says so, and lives on when the browser kept it for "back". */
export function livePage(data, { room = null, isPlain = false } = {}) {
  pictures.learn(data.avatars);
  learnMost(data.most);
  const storage = new SteadyStorage(() => localStorage);
  const client = new Client(data, {
    origin: location.origin, storage, locks: navigator.locks, lifecycle: new PageLifecycle(),
    bringSealing: async () => (await import("./sealing.js")).sealingOf(client),
    bringFiles: async () => (await import("./uploading.js")).filesOf(client),
    csrfToken: () => find("[name=csrfmiddlewaretoken]").value,
  });
  // What a page that the browser kept for "back" shows is old. A plain one may hold a form half filled in.
  window.addEventListener("pageshow", ({ persisted }) => persisted && !isPlain && location.reload());
  const { messages, quoted } = data;
  const held = { messages, quoted, last_seq: data.room?.last_seq, has_newer: data.room?.has_newer };
  const opened = room === null ? null : client.rooms.open(room, held);
  const connected = isPlain ? "Connected" : readingWords(data.room);
  const line = new ConnectionLine(find("[data-connection]"), client, opened, { connected });
  new RoomsList(find("[data-my-rooms]"), client.rooms, { current: room, empty: find("[data-no-rooms]") });
  takeRoomKeys(client.rooms, room);
  new StatusControl({
    box: find("[data-status-control]"),
    label: find("[data-own-status]"),
    menu: find("#account-menu"),
    main: find("#main"),
  }, client);
  new OwnPresence(document.querySelectorAll("[data-own-presence]"), client);
  new UrgentNotices(find("#main"), client, new SteadyStorage(() => sessionStorage));
  const waiting = new Waiting(find("[data-waiting]"), client, data);
  new UnkeptNote(find("#main"), storage);
  countBy(client.connection);
  takeFindKey();
  enhance(find("#main"));
  takeSheetLinks();
  takePictures();
  document.addEventListener("mindnet:changed", () => client.refreshBlocked());
  client.connection.on("event", ({ type }) => {
    if (type === "devices.changed") document.dispatchEvent(new CustomEvent("mindnet:devices"));
  });
  const forms = new HalfFilled(find("#main"), new SteadyStorage(() => sessionStorage), client.me);
  window.addEventListener("pagehide", () => client.connection.state.code === SESSION_ENDED && forms.keep());
  // What waits here only would go with the page: the browser asks before it goes.
  window.addEventListener("beforeunload", (event) => {
    const { isHolding, waiting } = client.outbox;
    if ((isHolding || storage.isHolding) && waiting) event.preventDefault();
  });
  return { client, room: opened, line, waiting };
}
