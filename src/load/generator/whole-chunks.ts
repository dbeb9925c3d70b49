/**
 * The chunks of an HTTP body (RFC 9112, section 7.1) that need no parser: size, CRLF, data, CRLF, all in
 * one read, no extension, not the last. A token usually comes so. Decides nothing about anything else:
 * where such chunks end, it stops.
 */

export interface BodyReader {
  /** No longer when the exchange ended, or was ended by what it read. */
  readonly open: boolean;
  /** Called before the data of one read. */
  stamp(): void;
  /** The bytes from `start` to `end` are the reader's only until it returns. */
  take(bytes: Buffer, start: number, end: number): void;
}

const CR = 13;
const LF = 10;
/** More digits than any chunk has that fits into a read. */
const MAX_SIZE_DIGITS = 5;
const CRLF_BYTES = 2;
const NO_DIGIT = 16;
const DIGIT_VALUES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = String.fromCharCode(byte);
  return /[0-9a-f]/i.test(digit) ? Number.parseInt(digit, 16) : NO_DIGIT;
});

/**
 * Hands the data of the whole chunks at the start of the first `length` bytes to the reader; returns
 * where they end. All is taken when the reader closes: nothing of a connection that was given up is read.
 */
export function takeWholeChunks(buffer: Buffer, length: number, reader: BodyReader): number {
  let at = 0;
  for (;;) {
    let size = 0;
    let data = at;
    const digitsEnd = Math.min(length, at + MAX_SIZE_DIGITS);
    for (; data < digitsEnd; data++) {
      const value = DIGIT_VALUES[buffer[data] ?? 0] ?? NO_DIGIT;
      if (value === NO_DIGIT) break;
      size = size * 16 + value;
    }
    data += CRLF_BYTES;
    const end = data + size;
    const whole = size > 0 && end + CRLF_BYTES <= length;
    if (!(whole && isCrlf(buffer, data - CRLF_BYTES) && isCrlf(buffer, end))) return at;
    if (at === 0) reader.stamp();
    reader.take(buffer, data, end);
    if (!reader.open) return length;
    at = end + CRLF_BYTES;
  }
}

/**
 * Whether a parser that was fed these bytes, and handed out body up to `pieceEnd` of their memory, now
 * stands between two chunks. Data that has not ended reaches to the last byte, in a chunk as in a body
 * without chunks; so what lies behind it is the end of its chunk, and if that is all, no other has begun.
 */
export function endsAChunk(fed: Buffer, pieceEnd: number): boolean {
  const end = fed.byteOffset + fed.length;
  return pieceEnd + CRLF_BYTES === end && isCrlf(fed, fed.length - CRLF_BYTES);
}

function isCrlf(bytes: Buffer, at: number): boolean {
  return bytes[at] === CR && bytes[at + 1] === LF;
}
