/* What every live page has: the data the server put into it, a client, the connection line, the rooms, one's status. */

import { Client } from "../client/client.js";
import { SteadyStorage } from "../client/storage.js";
import { pictures } from "../view/avatar.js";
import { ConnectionLine } from "../view/connection_line.js";
import { find } from "../view/dom.js";
import { learnMost } from "../view/most.js";
import { RoomsList } from "../view/rooms_list.js";
import { StatusControl } from "../view/status_control.js";
import { UnkeptNote } from "../view/unkept_note.js";
import { UrgentNotices } from "../view/urgent_notice.js";
import { PageLifecycle } from "./lifecycle.js";

export function pageData() {
  return JSON.parse(find("#mindnet-data").textContent);
}

export function livePage(data, { room = null } = {}) {
  pictures.learn(data.avatars);
  learnMost(data.most);
  const storage = new SteadyStorage(() => localStorage);
  const client = new Client(data, {
    origin: location.origin, storage, locks: navigator.locks, lifecycle: new PageLifecycle(),
  });
  // A page that the browser kept for "back" comes with a dead socket.
  window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  const held = { messages: data.messages, last_seq: data.room?.last_seq };
  const opened = room === null ? null : client.rooms.open(room, held);
  new ConnectionLine(find("[data-connection]"), client, opened, { isLiveRoom: data.room?.joined ?? true });
  new RoomsList(find("[data-my-rooms]"), client.rooms, { current: room, empty: find("[data-no-rooms]") });
  new StatusControl({
    box: find("[data-status-control]"),
    label: find("[data-own-status]"),
    menu: find("#account-menu"),
    main: find("#main"),
  }, client);
  new UrgentNotices(find("#main"), client, new SteadyStorage(() => sessionStorage));
  new UnkeptNote(find("#main"), storage);
  // What waits here only would go with the page: the browser asks before it goes.
  window.addEventListener("beforeunload", (event) => {
    if (storage.isHolding && client.outbox.waiting) event.preventDefault();
  });
  return { client, room: opened };
}
