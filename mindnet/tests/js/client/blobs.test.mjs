/* Where a browser keeps no files they are held in memory. What its database does is tried in a browser. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Blobs } from "../../../static/mindnet/js/client/blobs.js";
import { Files } from "../../../static/mindnet/js/client/files.js";

for (const [name, open] of [["missing", () => undefined], ["refused", () => { throw new DOMException("", "SecurityError"); }]]) {
  test(`a file is held where the database is ${name}, and said to be held only`, async () => {
    const blobs = new Blobs("mindnet:files:1", open);
    const files = new Files(blobs, null);
    const kept = await files.keep(new File(["bytes"], "aura.png", { type: "image/png" }));
    assert.deepEqual({ ...kept, key: "", nonce: "" },
      { key: "", nonce: "", name: "aura.png", type: "image/png", size: 5, unkept: true });
    assert.equal(await (await files.get(kept.key)).text(), "bytes");
    await files.sweep([]);
    await files.drop([kept.key]);
    assert.equal(await files.get(kept.key), null);
    await assert.rejects(files.upload(12, kept), { code: "file_gone" });
  });
}
