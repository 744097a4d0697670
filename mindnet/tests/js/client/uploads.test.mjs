/* Uploads against a server that answers: what is sent, and what becomes of each answer. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { Uploads } from "../../../static/mindnet/js/client/uploads.js";

const ATTACHMENT = { id: "a1", name: "aura.png", media_type: "image/png", width: 2, height: 2 };
const FILE = { nonce: "5f0c6f0e-0000-4000-8000-000000000001", name: "aura.png" };
const received = [];
let answers = [];
let server;
let uploads;

before(async () => {
  server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      received.push({ url: request.url, headers: request.headers, body: Buffer.concat(parts).toString() });
      const answer = answers.shift();
      if (answer === "cut") return request.socket.destroy();
      const [status, body, headers] = answer;
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  uploads = new Uploads({ origin, headers: () => ({ "X-CSRFToken": "token" }) });
});

after(() => server.close());

const send = (...given) => {
  answers = given;
  return uploads.send(12, FILE, new Blob(["bytes"]));
};
const refusal = (...given) => send(...given).then(() => assert.fail("it went through"), (error) => error);

test("a file goes with its nonce, its name and what makes one known", async () => {
  assert.deepEqual(await send([201, ATTACHMENT]), ATTACHMENT);
  const { url, headers, body } = received.at(-1);
  assert.equal(url, "/rooms/12/attachments");
  assert.equal(headers["x-csrftoken"], "token");
  assert.match(body, /name="nonce"\s+5f0c6f0e-0000-4000-8000-000000000001/);
  assert.match(body, /name="file"; filename="aura.png"[\s\S]+bytes/);
});

for (const [name, answer, code, detail, seconds] of [
  ["the server's words count", [400, { code: "validation_error", detail: "Invalid.", errors: { file: ["It is empty."] } }],
    "validation_error", "It is empty.", undefined],
  ["a wait is what the header says", [429, { code: "rate_limited", detail: "Slowly." }, { "Retry-After": "7" }],
    "rate_limited", "Slowly.", 7],
  ["a sign-in may come back", [403, { code: "csrf_failed", detail: "No." }], "csrf_failed", "No.", 30],
  ["a proxy finds it too large", [413, "<html>413</html>"],
    "payload_too_large", "The server does not take a file as large as this.", undefined],
  ["a proxy has no server", [502, "<html>502</html>"], "unavailable", "The server is not there right now.", undefined],
  ["the server fails", [500, "<html>500</html>"], "upload_failed", "The server could not take this file.", undefined],
]) {
  test(`refused: ${name}`, async () => {
    const error = await refusal(answer);
    assert.deepEqual([error.code, error.message, error.retry_after], [code, detail, seconds]);
  });
}

test("a link that breaks off is a lost connection, with a wait", async () => {
  const error = await refusal("cut");
  assert.equal(error.code, "connection_lost");
  assert.ok(error.retry_after >= 0 && error.retry_after <= 0.5);
});

test("what is cancelled says so, and a file that is gone too", async () => {
  const cancelled = uploads.send(12, FILE, new Blob(["x"]), { signal: AbortSignal.abort() });
  await assert.rejects(cancelled, { code: "cancelled" });
  const changed = { slice: () => ({ arrayBuffer: async () => { throw new DOMException("", "NotReadableError"); } }) };
  await assert.rejects(uploads.send(12, FILE, changed), { code: "file_gone" });
});
