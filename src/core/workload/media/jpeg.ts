/**
 * JPEG pictures of a stated size (baseline, grey), each with pixels that no other has. Every block of
 * 8 by 8 has one brightness, so that only the first coefficient of the transform is there: a real
 * picture for every decoder, with a writer of a page. Each row of blocks begins anew at a restart
 * marker, so that the first row is drawn for each picture and the others are encoded once.
 * Source: ITU-T T.81, annexes B, F and K.
 */
import type { Random } from '../../base/random.ts';

export interface JpegMaker {
  next(random: Random): Uint8Array;
}

const BLOCK = 8;
/** Number of codes of each length from 1 to 16 bits, and what they stand for: table K.3, brightness. */
const DC_COUNTS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
/** A table with the one code that is used: end of block, one bit. */
const AC_COUNTS = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const AC_SYMBOLS = [0];
const END_OF_BLOCK = { code: 0, bits: 1 };
/** Brightness steps of a block: coefficient 1 is 1 level of 256 at this quantiser. */
const QUANTISER = 8;
const LEVELS = 255;

export function createJpegMaker(width: number, height: number, random: Random): JpegMaker {
  const columns = Math.ceil(width / BLOCK);
  const rows = Math.ceil(height / BLOCK);
  const header = Uint8Array.from(headerOf(width, height, columns));
  const below: number[] = [];
  for (let row = 1; row < rows; row++) {
    below.push(0xff, 0xd0 + ((row - 1) % 8), ...encodeRow(columns, random));
  }
  const rest = Uint8Array.from([...below, 0xff, 0xd9]);
  return {
    next(own) {
      const first = encodeRow(columns, own);
      const whole = new Uint8Array(header.length + first.length + rest.length);
      whole.set(header, 0);
      whole.set(first, header.length);
      whole.set(rest, header.length + first.length);
      return whole;
    },
  };
}

function headerOf(width: number, height: number, columns: number): number[] {
  const u16 = (value: number): number[] => [value >> 8, value & 0xff];
  const segment = (marker: number, data: readonly number[]): number[] => [
    0xff,
    marker,
    ...u16(data.length + 2),
    ...data,
  ];
  const jfif = [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0];
  return [
    0xff,
    0xd8,
    ...segment(0xe0, jfif),
    ...segment(0xdb, [0, ...Array.from({ length: 64 }, () => QUANTISER)]),
    ...segment(0xc0, [8, ...u16(height), ...u16(width), 1, 1, 0x11, 0]),
    ...segment(0xc4, [0x00, ...DC_COUNTS, ...DC_SIZES]),
    ...segment(0xc4, [0x10, ...AC_COUNTS, ...AC_SYMBOLS]),
    ...segment(0xdd, u16(columns)),
    ...segment(0xda, [1, 1, 0x00, 0, 63, 0]),
  ];
}

/** One row of blocks: differences of brightness, Huffman coded, padded to a byte with ones. */
function encodeRow(columns: number, random: Random): number[] {
  const bytes: number[] = [];
  let buffer = 0;
  let held = 0;
  const put = (value: number, bits: number): void => {
    for (let bit = bits - 1; bit >= 0; bit--) {
      buffer = (buffer << 1) | ((value >> bit) & 1);
      held += 1;
      if (held < 8) continue;
      bytes.push(buffer);
      // A byte of ones would begin a marker.
      if (buffer === 0xff) bytes.push(0);
      buffer = 0;
      held = 0;
    }
  };
  let before = 0;
  for (let column = 0; column < columns; column++) {
    const level = random.integer(LEVELS) - (LEVELS >> 1);
    const difference = level - before;
    before = level;
    const size = bitsOf(difference);
    const code = DC_CODES[size] ?? { code: 0, bits: 2 };
    put(code.code, code.bits);
    // Negative numbers are written as their complement (T.81 F.1.2.1).
    put(difference < 0 ? difference + (1 << size) - 1 : difference, size);
    put(END_OF_BLOCK.code, END_OF_BLOCK.bits);
  }
  while (held > 0) put(1, 1);
  return bytes;
}

function bitsOf(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}

/** Codes by size, as annex C makes them from the counts. */
const DC_CODES: readonly { readonly code: number; readonly bits: number }[] = makeCodes();

function makeCodes(): { code: number; bits: number }[] {
  const codes: { code: number; bits: number }[] = [];
  let code = 0;
  for (const [i, count] of DC_COUNTS.entries()) {
    for (let k = 0; k < count; k++) codes.push({ code: code++, bits: i + 1 });
    code <<= 1;
  }
  return codes;
}
