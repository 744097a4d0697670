/* Pictures as cameras make them, without what they say of the one behind it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { barePicture } from "../../../static/mindnet/js/client/bare_pictures.js";

const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
const segment = (marker, ...data) => {
  const inside = bytes(...data);
  return bytes([0xff, marker, (inside.length + 2) >> 8, (inside.length + 2) & 0xff], inside);
};
const redraw = async () => new Blob(["drawn anew"], { type: "image/webp" });
const bare = async (picture, type = "image/jpeg") =>
  Buffer.from(await (await barePicture(new Blob([picture], { type }), redraw)).arrayBuffer());

/** EXIF in either order of bytes, with a maker, an orientation and a place. */
function exif(isLittle, orientation) {
  const data = Buffer.alloc(8 + 2 + 3 * 12 + 4);
  const u16 = (value, at) => (isLittle ? data.writeUInt16LE(value, at) : data.writeUInt16BE(value, at));
  const u32 = (value, at) => (isLittle ? data.writeUInt32LE(value, at) : data.writeUInt32BE(value, at));
  data.write(isLittle ? "II" : "MM", "latin1");
  u16(42, 2); u32(8, 4); u16(3, 8);
  [[0x010f, 2, 0], [0x0112, 3, orientation], [0x8825, 4, 0]].forEach(([tag, type, value], index) => {
    const at = 10 + index * 12;
    u16(tag, at); u16(type, at + 2); u32(1, at + 4); u16(value, at + 8);
  });
  return segment(0xe1, "Exif\0\0", data, "N 48° 12' E 16° 22'");
}

const JFIF = segment(0xe0, "JFIF\0"), ICC = segment(0xe2, "ICC_PROFILE\0", [1, 1]), TABLE = segment(0xdb, [0, 1, 2]);
const SCAN = bytes(segment(0xda, [1]), [1, 2, 0xff, 0, 3, 0xff, 0xd3, 4]), LATER = bytes(segment(0xc4, [9]), segment(0xda, [2]), [5]);

test("of a JPEG the picture stays, its colours, and how it is to be turned", async () => {
  for (const isLittle of [true, false]) {
    const picture = bytes([0xff, 0xd8], JFIF, exif(isLittle, 6), segment(0xe1, "http://ns.adobe.com/xap/1.0/\0 GPS"), ICC,
      segment(0xe2, "MPF\0 another"), segment(0xed, "Photoshop GPS"), segment(0xfe, "said Ada"), TABLE, SCAN, LATER, [0xff, 0xd9],
      "ftyp a film, with GPS");
    const found = await bare(picture), turned = found.subarray(2, 38);
    assert.deepEqual(found, bytes([0xff, 0xd8], turned, JFIF, ICC, TABLE, SCAN, LATER, [0xff, 0xd9]));
    assert.deepEqual([turned.readUInt16BE(2), turned.toString("latin1", 4, 8), turned.readUInt16BE(28)], [34, "Exif", 6]);
    assert.deepEqual(await bare(found), found, "and once more changes nothing");
  }
  const upright = await bare(bytes([0xff, 0xd8], exif(true, 1), TABLE, SCAN, [0xff, 0xd9]));
  assert.deepEqual(upright, bytes([0xff, 0xd8], TABLE, SCAN, [0xff, 0xd9]));
});

const chunk = (name, data, isLittle) => {
  const size = Buffer.alloc(4);
  if (isLittle) size.writeUInt32LE(data.length);
  else size.writeUInt32BE(data.length);
  return isLittle ? bytes(name, size, data, Buffer.alloc(data.length % 2)) : bytes(size, name, data, [0, 0, 0, 0]);
};

test("of a PNG and a WebP what is written beside the picture goes", async () => {
  const png = (...more) => bytes([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], chunk("IHDR", "size"), ...more, chunk("IDAT", "dots"), chunk("IEND", ""));
  assert.deepEqual(await bare(png(chunk("eXIf", "GPS"), chunk("tEXt", "Ada"), chunk("iCCP", "colours"))), png(chunk("iCCP", "colours")));
  const riff = (...chunks) => {
    const inside = bytes("WEBP", ...chunks);
    return bytes(chunk("RIFF", inside, true));
  };
  const flags = (byte) => chunk("VP8X", [byte, 0, 0, 0, 9, 0, 0, 9, 0, 0], true), dots = chunk("VP8 ", "dot", true);
  assert.deepEqual(await bare(riff(flags(0x1c), dots, chunk("EXIF", "GPS", true), chunk("XMP ", "Ada", true))), riff(flags(0x10), dots));
});

test("an AVIF is drawn anew, whatever its name says it is", async () => {
  const box = (...brands) => bytes([0, 0, 0, 8 + brands.length * 4], "ftyp", ...brands, "Exif with a place");
  for (const brands of [["avif", "\0\0\0\0", "mif1"], ["mif1", "\0\0\0\0", "miaf", "avif"], ["avis", "\0\0\0\0"]]) {
    assert.equal(String(await bare(box(...brands))), "drawn anew");
  }
  const film = box("isom", "\0\0\0\0", "mp41");
  assert.deepEqual(await bare(film), film);
});

test("what is cut off or of another kind stays as it is", async () => {
  const whole = bytes([0xff, 0xd8], exif(true, 6), TABLE, SCAN);
  for (const picture of [whole, whole.subarray(0, 30), bytes("GIF89a and more"), bytes("short")]) {
    assert.deepEqual(await bare(picture), Buffer.from(picture));
  }
});
