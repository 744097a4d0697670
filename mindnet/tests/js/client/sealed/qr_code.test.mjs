/* The code is the one that other programs draw: here Python's `segno`, by the same mask. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { qrCode } from "../../../../static/mindnet/js/client/sealed/qr_code.js";

// segno.make("98765" * 12, version=3, error="m", boost_error=False, mode="numeric").matrix, a row a number.
const SEGNO = `1fd3397f 1045db41 175c7e5d 1740475d 174ae95d 10532d41 1fd5557f 000b7800 1468c525 1b90cffd 11e8214d 1b1d87d7
  18d6ba24 1d0213a8 016fdc95 158371e5 1fd7ccaa 09aecb4f 18f32142 022b8a1e 1e73b9f4 0017131f 1fd1df53 1045771b 1746cff8
  1741ceec 1757e20b 1045c8b6 1fd0b8b7`.split(/\s+/);

test("sixty digits are drawn as others draw them", () => {
  const rows = qrCode("98765".repeat(12)).map((row) => Number.parseInt(row.map(Number).join(""), 2));
  assert.deepEqual(rows.map((row) => row.toString(16).padStart(8, "0")), SEGNO);
});

test("it takes 1 to 101 digits, and nothing else", () => {
  for (const digits of ["7", "9".repeat(101)]) assert.equal(qrCode(digits).flat().filter((dark) => dark === null).length, 0);
  for (const text of ["", "9".repeat(102), "12 34", "one"]) assert.throws(() => qrCode(text), RangeError);
});
