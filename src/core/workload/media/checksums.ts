/** The two checksums of PNG: CRC-32 of each chunk (ISO 3309) and Adler-32 of the pixels (RFC 1950). */

const CRC_POLYNOMIAL = 0xedb88320;
const ADLER_BASE = 65_521;
/** Sums of so many bytes stay below 2^32 (RFC 1950's own reference code uses the same). */
const ADLER_RUN = 5_552;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC_POLYNOMIAL : crc >>> 1;
  return crc >>> 0;
});

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}

export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let from = 0; from < bytes.length; from += ADLER_RUN) {
    const to = Math.min(bytes.length, from + ADLER_RUN);
    for (let i = from; i < to; i++) {
      a += bytes[i] ?? 0;
      b += a;
    }
    a %= ADLER_BASE;
    b %= ADLER_BASE;
  }
  return b * 65_536 + a;
}

/** The checksum of two texts one behind the other, from theirs and the length of the second. */
export function combineAdler(first: number, second: number, secondBytes: number): number {
  const a1 = first % 65_536;
  const b1 = Math.floor(first / 65_536);
  const a2 = second % 65_536;
  const b2 = Math.floor(second / 65_536);
  const rest = secondBytes % ADLER_BASE;
  const a = (a1 + a2 + ADLER_BASE - 1) % ADLER_BASE;
  const b = (rest * a1 + b1 + b2 + ADLER_BASE - rest) % ADLER_BASE;
  return b * 65_536 + a;
}
