/**
 * PNG pictures of a stated size, each with pixels that no other has: servers keep what they made of a
 * picture by its pixels. The first row is drawn anew and stored as it is; all the others are encoded
 * once, so that a picture of a million pixels costs a few hundred microseconds.
 */
import type { Random } from '../../base/random.ts';
import { adler32, combineAdler, crc32 } from './checksums.ts';

export interface PngMaker {
  next(random: Random): Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const CHANNELS = 3;
const BIT_DEPTH = 8;
const RGB = 2;
/** Deflate, window of 32 KB, no dictionary; the check bits make the pair a multiple of 31. */
const ZLIB_HEADER = [0x78, 0x01];
/** Longest block that deflate stores uncompressed. */
const MAX_STORED = 65_535;

/**
 * `deflate`: raw deflate of the bytes with its end (RFC 1951), which is not to be had without an import
 * that this room has not.
 */
export function createPngMaker(
  width: number,
  height: number,
  random: Random,
  deflate: (bytes: Uint8Array) => Uint8Array,
): PngMaker {
  const rowBytes = 1 + width * CHANNELS;
  const rest = drawRows(rowBytes, height - 1, random);
  const restAdler = adler32(rest);
  const header = chunk('IHDR', [...u32(width), ...u32(height), BIT_DEPTH, RGB, 0, 0, 0]);
  // Without rows below, the stored block is the last one.
  const below = height > 1 ? chunk('IDAT', deflate(rest)) : new Uint8Array(0);
  const end = chunk('IEND', []);
  return {
    next(own) {
      const row = drawRows(rowBytes, 1, own);
      const first = [...ZLIB_HEADER, ...stored(row, height === 1)];
      const adler = combineAdler(adler32(row), restAdler, rest.length);
      return concat([
        Uint8Array.from(SIGNATURE),
        header,
        chunk('IDAT', first),
        below,
        chunk('IDAT', u32(adler)),
        end,
      ]);
    },
  };
}

/** Side of the blocks of one colour that a picture is made of. */
const BLOCK = 8;

/** Rows of filter 0 (none), in blocks of one colour: it compresses as drawings and screens do. */
function drawRows(rowBytes: number, rows: number, random: Random): Uint8Array {
  const bytes = new Uint8Array(rowBytes * rows);
  for (let row = 0; row < rows; row++) {
    const start = row * rowBytes;
    if (row % BLOCK !== 0) bytes.copyWithin(start, start - rowBytes, start);
    else drawRow(bytes.subarray(start + 1, start + rowBytes), random);
  }
  return bytes;
}

function drawRow(pixels: Uint8Array, random: Random): void {
  for (let i = 0; i < pixels.length; i++) {
    const isNew = i % (BLOCK * CHANNELS) < CHANNELS;
    pixels[i] = isNew ? random.integer(256) : (pixels[i - CHANNELS] ?? 0);
  }
}

/** Blocks of type 0: length, its complement, the bytes. */
function stored(bytes: Uint8Array, isLast: boolean): number[] {
  const out: number[] = [];
  for (let from = 0; from < bytes.length; from += MAX_STORED) {
    const part = bytes.subarray(from, from + MAX_STORED);
    const last = isLast && from + MAX_STORED >= bytes.length ? 1 : 0;
    const { length } = part;
    out.push(last, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff, ...part);
  }
  return out;
}

function chunk(type: string, data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  bytes.set(u32(data.length), 0);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  bytes.set(u32(crc32(bytes.subarray(4, 8 + data.length))), 8 + data.length);
  return bytes;
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
