/* Pictures without what a camera writes beside them: where and when it was, on whose telephone. In other rooms the server
   draws pictures anew and that is gone; what is sealed it cannot draw, so it is taken out before.

     const bare = await barePicture(blob, redraw);   // the same where there is nothing to take out, or it is of another kind

   The picture itself stays byte for byte, and so does its colour profile. How a JPEG is to be turned is written anew. From
   an AVIF nothing can be taken out without moving all the rest of it: `redraw` draws that anew, as a picture of whatever
   type it likes. */

const PNG_SIGNATURE = 0x89504e47, RIFF = 0x52494646, WEBP = 0x57454250;
const PNG_TRACES = new Set(["eXIf", "tEXt", "iTXt", "zTXt", "tIME"]);
const WEBP_TRACES = new Set(["EXIF", "XMP "]);
const AVIF_BRANDS = new Set(["avif", "avis"]), BRANDS_END = 256;
// Of the first byte of VP8X: that there is EXIF, that there is XMP.
const WEBP_FLAGS = 0x0c;
// Markers of JPEG (ITU T.81, table B.1).
const APP0 = 0xe0, APP1 = 0xe1, APP2 = 0xe2, APP14 = 0xee, APP15 = 0xef, COMMENT = 0xfe, SCAN = 0xda, END = 0xd9;
const ORIENTATION = 0x0112;

/**
 * Raises what `redraw` raises.
 * @param {Blob} blob
 * @param {(avif: Blob) => Promise<Blob>} redraw
 */
export async function barePicture(blob, redraw) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  if (isAvif(bytes)) return redraw(blob);
  try {
    const parts = partsOf(bytes, viewOf(bytes));
    return parts ? new Blob(parts, { type: blob.type }) : blob;
  } catch (error) {
    // It ends before it should: whoever opens it may make of it what they can.
    if (error instanceof RangeError) return blob;
    throw error;
  }
}

/**
 * Whether it begins with a box `ftyp` that names one of the brands of AVIF.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
function isAvif(bytes) {
  if (bytes.length < 16 || textAt(bytes, 4, 4) !== "ftyp") return false;
  const end = Math.min(bytes.length, viewOf(bytes).getUint32(0), BRANDS_END);
  for (let at = 8; at + 4 <= end; at += 4) if (AVIF_BRANDS.has(textAt(bytes, at, 4))) return true;
  return false;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {DataView} view
 */
function partsOf(bytes, view) {
  if (bytes.length < 12) return null;
  if (view.getUint16(0) === 0xffd8) return jpegParts(bytes, view);
  if (view.getUint32(0) === PNG_SIGNATURE) return pngParts(bytes, view);
  return view.getUint32(0) === RIFF && view.getUint32(8) === WEBP ? webpParts(bytes, view) : null;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {DataView} view
 */
function jpegParts(bytes, view) {
  const parts = [bytes.subarray(0, 2)];
  let at = 2, turned = 1;
  for (let marker = bytes[3]; marker !== END; marker = bytes[at + 1]) {
    if (bytes[at] !== 0xff) throw new RangeError("no marker");
    let end = at + 2 + view.getUint16(at + 2);
    if (marker === SCAN) end = endOfScan(bytes, end);
    const segment = bytes.subarray(at, end);
    if (marker === APP1) turned = Math.max(turned, orientationOf(segment));
    if (!isJpegTrace(marker, segment)) parts.push(segment);
    at = end;
  }
  // What a telephone puts behind the end, such as the film that goes with a picture, goes as well.
  parts.push(bytes.subarray(at, at + 2));
  if (turned > 1) parts.splice(1, 0, orientationSegment(turned));
  return parts;
}

/**
 * @param {number} marker
 * @param {Uint8Array} segment
 */
function isJpegTrace(marker, segment) {
  if (marker === COMMENT) return true;
  if (marker < APP0 || marker > APP15 || marker === APP0 || marker === APP14) return false;
  return !(marker === APP2 && textAt(segment, 4, 11) === "ICC_PROFILE");
}

/**
 * Where the next marker stands; within a scan 0xff is followed by 0, or by a restart.
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function endOfScan(bytes, at) {
  for (; at < bytes.length - 1; at++) {
    const next = bytes[at + 1];
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  throw new RangeError("no end");
}

/**
 * How the picture is to be turned, 1 to 8; 1 where nothing says so.
 * @param {Uint8Array<ArrayBuffer>} segment APP1
 */
function orientationOf(segment) {
  if (textAt(segment, 4, 4) !== "Exif") return 1;
  const tiff = viewOf(segment.subarray(10)), isLittle = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, isLittle), count = tiff.getUint16(directory, isLittle);
  for (let index = 0; index < count; index++) {
    const entry = directory + 2 + index * 12, value = tiff.getUint16(entry + 8, isLittle);
    if (tiff.getUint16(entry, isLittle) === ORIENTATION) return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/**
 * An APP1 that says this alone.
 * @param {number} turned
 */
function orientationSegment(turned) {
  return new Uint8Array([
    0xff, APP1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1,
    0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turned, 0, 0, 0, 0, 0, 0,
  ]);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {DataView} view
 */
function pngParts(bytes, view) {
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8, name = ""; name !== "IEND";) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) throw new RangeError("cut off");
    name = textAt(bytes, at + 4, 4);
    if (!PNG_TRACES.has(name)) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return parts;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {DataView} view
 */
function webpParts(bytes, view) {
  const parts = [], end = Math.min(bytes.length, 8 + view.getUint32(4, true));
  for (let at = 12; at < end;) {
    const size = view.getUint32(at + 4, true), next = Math.min(end, at + 8 + size + size % 2), name = textAt(bytes, at, 4);
    const chunk = bytes.slice(at, next);
    if (name === "VP8X") chunk[8] &= ~WEBP_FLAGS;
    if (!WEBP_TRACES.has(name)) parts.push(chunk);
    at = next;
  }
  const head = bytes.slice(0, 12);
  viewOf(head).setUint32(4, 4 + parts.reduce((sum, { length }) => sum + length, 0), true);
  return [head, ...parts];
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function viewOf({ buffer, byteOffset, byteLength }) {
  return new DataView(buffer, byteOffset, byteLength);
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} length
 */
function textAt(bytes, at, length) {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
