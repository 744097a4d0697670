/* What a page takes to seal and open: brought where there is a mind-link. */

import { availability, openKeyring } from "../client/keyring.js";
import { Sealing } from "../client/sealing.js";

export async function sealingOf({ me, rest, rooms, connection }) {
  const can = await availability();
  const sealing = new Sealing({
    me, rest, rooms,
    off: can.ok ? null : can.why,
    openKeyring: () => openKeyring(me.id, { rest }),
    fetchFile: (url) => fetch(url, { credentials: "same-origin" }),
  });
  // Also of rooms that are not open in this page.
  connection.on("event", ({ type, payload }) => type === "message.updated" && payload.deleted && sealing.forget(payload));
  return sealing;
}
