/* What a page takes to seal and open: brought where there is a mind-link. */

import { availability, openKeyring } from "../client/keyring.js";
import { Sealing } from "../client/sealing.js";

export async function sealingOf({ me, rest, rooms }) {
  const can = await availability();
  return new Sealing({
    me, rest, rooms,
    off: can.ok ? null : can.why,
    openKeyring: () => openKeyring(me.id, { rest }),
    fetchFile: (url) => fetch(url, { credentials: "same-origin" }),
  });
}
