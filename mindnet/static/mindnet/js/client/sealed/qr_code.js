/* A QR code of digits, such as a safety number: ISO/IEC 18004, version 3 with error correction M, 29 modules a side.

   One size is enough for up to 101 digits, and in it all is one block. Numbers in brackets are the standard's of 2015. */

const SIZE = 29, VERSION = 3;
const DATA_BYTES = 44, CHECK_BYTES = 26; // (7.5.1)
const DIGITS_MOST = 101;
const ALIGNMENT = 22; // where the middle of the alignment pattern is, both ways (annex E)
const LEVEL_M = 0b00;

const FINDER = /(?=1011101)(?:(?<=0000)|(?=.{7}0000))/g;

/** @typedef {(boolean | null)[][]} Modules by row and column, true is dark, null is not yet said */

// Which modules a mask turns, by row and column (7.8.2).
/** @type {((row: number, column: number) => boolean)[]} */
const MASKS = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => row * column % 2 + row * column % 3 === 0,
  (row, column) => (row * column % 2 + row * column % 3) % 2 === 0,
  (row, column) => ((row + column) % 2 + row * column % 3) % 2 === 0,
];

/**
 * The modules by row and column, true for dark. Around it belongs a quiet zone of four modules.
 * @param {string} digits at most 101
 * @returns {boolean[][]}
 */
export function qrCode(digits) {
  if (!/^\d+$/.test(digits) || digits.length > DIGITS_MOST) throw new RangeError(`1 to ${DIGITS_MOST} digits`);
  const bytes = dataOf(digits), frame = framed();
  const bits = [...bytes, ...checkOf(bytes)].flatMap((byte) => bitsOf(byte, 8));
  const drawn = MASKS.map((mask, number) => drawnWith(frame, bits, mask, number));
  return drawn.reduce((best, one) => penaltyOf(one) < penaltyOf(best) ? one : best);
}

/**
 * Numeric mode: three digits are ten bits (7.4.3).
 * @param {string} digits
 */
function dataOf(digits) {
  const threes = digits.match(/\d{1,3}/g) ?? [];
  const bits = [...bitsOf(0b0001, 4), ...bitsOf(digits.length, 10),
    ...threes.flatMap((three) => bitsOf(Number(three), three.length * 3 + 1))];
  // A terminator of up to four zeros, zeros up to a byte, then these two in turn (7.4.9, 7.4.10).
  const whole = Math.min(Math.ceil((bits.length + 4) / 8), DATA_BYTES);
  const bytes = Array.from({ length: whole }, (_, at) =>
    Array.from({ length: 8 }, (_, bit) => bits[at * 8 + bit] ?? 0).reduce((byte, bit) => byte * 2 + bit, 0));
  return [...bytes, ...Array.from({ length: DATA_BYTES - whole }, (_, at) => at % 2 ? 0x11 : 0xec)];
}

/**
 * @param {number} number
 * @param {number} count
 */
function bitsOf(number, count) {
  return Array.from({ length: count }, (_, at) => number >> count - 1 - at & 1);
}

/**
 * Reed-Solomon: what is left of the data as a polynomial by the generator (7.5.2).
 * @param {number[]} data
 */
function checkOf(data) {
  const generator = Array.from({ length: CHECK_BYTES }).reduce((/** @type {number[]} */ product, _, at) =>
    [...product, 0].map((factor, index) => factor ^ times(product[index - 1] ?? 0, powerOf2(at))), [1]);
  const rest = [...data, ...new Array(CHECK_BYTES).fill(0)];
  for (let at = 0; at < data.length; at++) {
    const lead = rest[at];
    generator.forEach((factor, index) => { rest[at + index] ^= times(factor, lead); });
  }
  return rest.slice(data.length);
}

/**
 * In the field of 256 elements with x^8 + x^4 + x^3 + x^2 + 1.
 * @param {number} one
 * @param {number} other
 */
function times(one, other) {
  let product = 0;
  for (; other; other >>= 1) {
    if (other & 1) product ^= one;
    one = one << 1 ^ (one & 0x80 ? 0x11d : 0);
  }
  return product;
}

/** @param {number} exponent */
function powerOf2(exponent) {
  return Array.from({ length: exponent }).reduce((/** @type {number} */ power) => times(power, 2), 1);
}

/** What is the same in every code of this version (6.3). */
function framed() {
  /** @type {Modules} */
  const modules = Array.from({ length: SIZE }, () => new Array(SIZE).fill(null));
  for (let at = 8; at < SIZE - 8; at++) modules[6][at] = modules[at][6] = at % 2 === 0; // timing patterns
  square(modules, ALIGNMENT, ALIGNMENT, 2, [0, 2]);
  for (const [row, column] of [[3, 3], [3, SIZE - 4], [SIZE - 4, 3]]) square(modules, row, column, 4, [0, 1, 3]);
  for (const [row, column] of FORMAT_PLACES) modules[row][column] ??= false;
  modules[4 * VERSION + 9][8] = true;
  return modules;
}

/**
 * Rings around a middle, of which those at these distances are dark.
 * @param {Modules} modules
 * @param {number} row
 * @param {number} column
 * @param {number} reach
 * @param {number[]} dark
 */
function square(modules, row, column, reach, dark) {
  for (let down = -reach; down <= reach; down++) {
    for (let right = -reach; right <= reach; right++) {
      if (modules[row + down]?.[column + right] === undefined) continue;
      modules[row + down][column + right] = dark.includes(Math.max(Math.abs(down), Math.abs(right)));
    }
  }
}

/** Where the format is written, twice, its highest bit first (7.9.1). */
const FORMAT_PLACES = [
  ...[0, 1, 2, 3, 4, 5, 7, 8].map((column) => [8, column]), ...[7, 5, 4, 3, 2, 1, 0].map((row) => [row, 8]),
  ...[1, 2, 3, 4, 5, 6, 7].map((up) => [SIZE - up, 8]), ...[8, 7, 6, 5, 4, 3, 2, 1].map((left) => [8, SIZE - left]),
];

/**
 * Level and mask with ten bits that correct them, and never all of them light (7.9.1, annex C).
 * @param {number} mask
 */
function formatOf(mask) {
  const said = LEVEL_M << 3 | mask;
  let rest = said << 10;
  for (let bit = 14; bit >= 10; bit--) if (rest >> bit & 1) rest ^= 0b10100110111 << bit - 10;
  return bitsOf((said << 10 | rest) ^ 0b101010000010010, 15);
}

/**
 * @param {Modules} frame
 * @param {number[]} bits
 * @param {(row: number, column: number) => boolean} mask
 * @param {number} number of the mask
 */
function drawnWith(frame, bits, mask, number) {
  const modules = frame.map((row) => [...row]), format = formatOf(number);
  FORMAT_PLACES.forEach(([row, column], at) => { modules[row][column] = format[at % 15] === 1; });
  placesIn(frame).forEach(([row, column], at) => { modules[row][column] = ((bits[at] ?? 0) === 1) !== mask(row, column); });
  return /** @type {boolean[][]} */ (modules);
}

/**
 * Where data stands: up and down in columns of two, from the right, leaving out the timing pattern (7.7.3).
 * @param {Modules} frame
 */
function placesIn(frame) {
  const rights = [28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 5, 3, 1];
  const places = rights.flatMap((right, turn) => frame.flatMap((_, at) => {
    const row = turn % 2 ? at : SIZE - 1 - at;
    return [[row, right], [row, right - 1]];
  }));
  return places.filter(([row, column]) => frame[row][column] === null);
}

/**
 * How hard it would be to read (7.8.3).
 * @param {boolean[][]} modules
 */
function penaltyOf(modules) {
  const columns = modules.map((row, at) => row.map((_, down) => modules[down][at]));
  const lines = [...modules, ...columns].map((line) => line.map(Number).join(""));
  const runs = lines.flatMap((line) => line.match(/0{5,}|1{5,}/g) ?? []).reduce((sum, run) => sum + run.length - 2, 0);
  // What looks like a finder: 1 to 1 to 3 to 1 to 1, with four light ones before or behind, the quiet zone among them.
  const finders = lines.reduce((count, line) => count + [...`0000${line}0000`.matchAll(FINDER)].length, 0);
  let blocks = 0;
  for (let row = 1; row < SIZE; row++) {
    for (let column = 1; column < SIZE; column++) {
      const four = [modules[row][column], modules[row - 1][column], modules[row][column - 1], modules[row - 1][column - 1]];
      if (four.every((one) => one === four[0])) blocks += 1;
    }
  }
  const dark = modules.flat().filter(Boolean).length / SIZE ** 2;
  return runs + 3 * blocks + 40 * finders + 10 * Math.floor(Math.abs(dark - 0.5) / 0.05);
}
