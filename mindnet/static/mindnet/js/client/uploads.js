/* A file on its way to the server.

     const uploads = new Uploads({origin: "https://host", headers: () => ({"X-CSRFToken": …})});
     const attachment = await uploads.send(12, {nonce, name: "aura.webp"}, blob, {signal, onProgress: (part) => …});

   The server stores a nonce once, as with messages: an upload whose answer was lost is sent again under the same one. What
   does not succeed is a CommandError, as with commands of the socket: `connection_lost` where the link broke or nothing
   moved for a minute, with a `retry_after` that grows; `cancelled` by the signal; `file_gone` where the browser can no
   longer read it; else the server's own word and sentence.

   A browser says how far it has come by XMLHttpRequest alone. Where there is none, `fetch` sends, and says nothing. */

import { backoffSeconds, CommandError } from "./connection.js";

/** @import { Attachment } from "./shapes.js" */

/** @typedef {{status: number, text: string, retryAfter: string | null}} Answer */
/** @typedef {{signal?: AbortSignal, onProgress?: (part: number) => void}} Following `part` is 0 to 1 */
/** @typedef {{body: FormData, headers: Record<string, string>} & Following} Sending */
/** @typedef {(url: string, sending: Sending) => Promise<Answer>} Transport raises where there is no answer */

// Also how long the server may look at what it has got.
const STALLED_MS = 60_000;
// Of the sign-in, which is renewed in another tab.
const SIGN_IN_SECONDS = 30;
// Answers of who stands before the server, and has no words of ours.
const GATEWAYS = new Set([408, 429, 502, 503, 504]);

export class Uploads {
  #origin;
  #headers;
  #transport;
  #attempt = 0;

  /**
   * @param {{origin: string, headers?: () => Record<string, string>, transport?: Transport}} options
   */
  constructor({ origin, headers = () => ({}), transport = hasProgress() ? byXhr : byFetch }) {
    this.#origin = origin;
    this.#headers = headers;
    this.#transport = transport;
  }

  /**
   * @param {number} room
   * @param {{nonce: string, name: string}} file
   * @param {Blob} blob
   * @param {Following} [following]
   * @returns {Promise<Attachment>}
   */
  async send(room, { nonce, name }, blob, { signal, onProgress } = {}) {
    await refuseUnreadable(blob);
    const body = new FormData();
    body.append("nonce", nonce);
    body.append("file", blob, name);
    const headers = { Accept: "application/json", ...this.#headers() };
    const url = `${this.#origin}/rooms/${room}/attachments`;
    let answer;
    try {
      signal?.throwIfAborted();
      answer = await this.#transport(url, { body, headers, signal, onProgress });
    } catch {
      throw signal?.aborted ? refused("cancelled", "It was cancelled.") : this.#lost();
    }
    if (answer.status < 200 || answer.status > 299) throw refusalOf(answer);
    this.#attempt = 0;
    return JSON.parse(answer.text);
  }

  #lost() {
    return refused("connection_lost", "The connection broke off.", backoffSeconds(this.#attempt++));
  }
}

/**
 * @param {string} code
 * @param {string} detail
 * @param {number} [retryAfter] seconds
 */
function refused(code, detail, retryAfter) {
  return new CommandError({ code, detail, retry_after: retryAfter });
}

/**
 * A file that was changed or taken away since it was chosen would look like a lost link.
 * @param {Blob} blob
 */
async function refuseUnreadable(blob) {
  try {
    await blob.slice(0, 1).arrayBuffer();
  } catch {
    throw refused("file_gone", "This file can no longer be read. Choose it again.");
  }
}

/** @param {Answer} answer */
function refusalOf({ status, text, retryAfter }) {
  const { code, detail, errors } = parsed(text);
  if (!code) return refusalOfGateway(status, retryAfter);
  const sentences = Object.values(errors ?? {}).flat();
  const error = refused(code, sentences.length ? sentences.join(" ") : detail, Number(retryAfter) || undefined);
  if (error.isOfSignIn) error.retry_after = SIGN_IN_SECONDS;
  return error;
}

/**
 * @param {number} status
 * @param {string | null} retryAfter
 */
function refusalOfGateway(status, retryAfter) {
  if (status === 413) return refused("payload_too_large", "The server does not take a file as large as this.");
  if (!GATEWAYS.has(status)) return refused("upload_failed", "The server could not take this file.");
  return refused("unavailable", "The server is not there right now.", Number(retryAfter) || undefined);
}

/**
 * @param {string} text
 * @returns {{code?: string, detail: string, errors?: Record<string, string[]>}}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: "" };
  }
}

function hasProgress() {
  return "XMLHttpRequest" in globalThis;
}

/** @type {Transport} */
function byXhr(url, { body, headers, signal, onProgress }) {
  // @ts-ignore: it is there, see hasProgress.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    let timer = 0;
    const moved = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STALLED_MS);
    };
    request.upload.onprogress = (/** @type {{loaded: number, total: number}} */ { loaded, total }) => {
      moved();
      onProgress?.(total ? loaded / total : 0);
    };
    request.onload = () => resolve({
      status: request.status, text: request.responseText, retryAfter: request.getResponseHeader("Retry-After"),
    });
    request.onerror = request.onabort = () => reject(new Error("The link broke."));
    request.onloadend = () => clearTimeout(timer);
    signal?.addEventListener("abort", () => request.abort());
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    moved();
    request.send(body);
  });
}

/** @type {Transport} */
async function byFetch(url, { body, headers, signal }) {
  const response = await fetch(url, { method: "POST", body, headers, signal });
  return { status: response.status, text: await response.text(), retryAfter: response.headers.get("Retry-After") };
}
