/* What a page takes to keep files and to upload them: brought when there is a first one. */

import { Blobs } from "../client/blobs.js";
import { Files } from "../client/files.js";
import { Uploads } from "../client/uploads.js";

export function filesOf({ me, outbox }) {
  const blobs = new Blobs(`mindnet:files:${me.id}`, () => indexedDB);
  const files = new Files(blobs, new Uploads({ origin: location.origin, headers: () => ({ "X-CSRFToken": csrfToken() }) }));
  files.sweep(outbox.entries().flatMap((entry) => entry.files ?? []));
  return files;
}

/** From the cookie, not from a form of the page: the next sign-in, in another tab, changes it. */
function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}
