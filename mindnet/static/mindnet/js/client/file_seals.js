/* The files of sealed messages: made ready to be sealed, sealed for the upload, and opened again. */

import { CommandError } from "./connection.js";
import { b64, random, unb64 } from "./sealed/bytes.js";
import { openFile, sealChunks } from "./sealed/files.js";

/** @import { OpenedFile } from "./opened_messages.js" */
/** @import { OutboxFile } from "./outbox.js" */
/** @import { SealedFile } from "./sealed/envelope.js" */

const UNKNOWN = "application/octet-stream", SEALED_NAME = "sealed";
const KEY_BYTES = 32;
// What may be drawn or played, out of what the other says a file is. Anything else is bytes to be saved.
const SHOWN_TYPE = /^(image\/(avif|gif|jpeg|png|webp)|(audio|video)\/[\w.+-]+)$/;

/** A key for a file of one's own, as text. */
export function newFileKey() {
  return b64(random(KEY_BYTES));
}

/**
 * What is uploaded of a file. The same again gives the same bytes: an upload that broke off is tried again under its nonce.
 * @param {Blob} blob
 * @param {string} key
 */
export async function sealedUpload(blob, key) {
  /** @type {Blob[]} */
  const chunks = [];
  for await (const chunk of sealChunks(blob, unb64(key))) chunks.push(new Blob([chunk]));
  return { name: SEALED_NAME, blob: new Blob(chunks, { type: UNKNOWN }) };
}

/**
 * What the server has answered for a file, opened. Raises where it is not what was sealed.
 * @param {Response} response
 * @param {OpenedFile} file
 */
export async function openedBlob(response, { url, key, media_type: type, size }) {
  if (!response.ok || !response.body) throw new Error(`${response.status} from ${url}`);
  /** @type {Blob[]} */
  const chunks = [];
  for await (const chunk of openFile(response.body, key)) chunks.push(new Blob([chunk]));
  // A type of the other's choice would be run by a browser as a page of ours.
  const blob = new Blob(chunks, { type: SHOWN_TYPE.test(type) ? type : UNKNOWN });
  if (blob.size !== size) throw new Error("It is not as long as its message says.");
  return blob;
}

/** @param {OutboxFile[]} files */
export function idsOf(files) {
  return files.flatMap(({ attachment }) => attachment?.id ?? []);
}

/** @param {OutboxFile} file */
export function isSealedFile({ attachment }) {
  return attachment?.name === SEALED_NAME && attachment.media_type === UNKNOWN;
}

/**
 * What the box of its message says of a file that was uploaded.
 * @param {OutboxFile} file
 * @returns {SealedFile}
 */
export function sealedFile({ name, type, size, attachment, sealed }) {
  if (!attachment || !sealed) throw filesAnew();
  const { key, ...measures } = sealed;
  return { id: attachment.id, key: unb64(key), name, media_type: type || UNKNOWN, size, ...measures };
}

/** The outbox brings the files once more, as they are needed now. */
export function filesAnew() {
  const detail = "attachments: They were brought before it was known whether to seal them.";
  return new CommandError({ code: "invalid_payload", detail });
}
