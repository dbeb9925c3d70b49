/** Pictures and sounds of our own: what their formats demand, the stated size, and no two alike. */
import { deflateRawSync, inflateSync, crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../src/core/base/random.ts';
import { adler32, combineAdler, crc32 } from '../../../../src/core/workload/media/checksums.ts';
import { createJpegMaker } from '../../../../src/core/workload/media/jpeg.ts';
import { createPngMaker } from '../../../../src/core/workload/media/png.ts';
import { createWavMaker, SAMPLE_RATE_HZ } from '../../../../src/core/workload/media/wav.ts';

const deflate = (bytes: Uint8Array): Uint8Array => deflateRawSync(bytes);

/** Type and data of every chunk; throws when a length or a checksum is wrong. */
function chunksOf(png: Uint8Array): { type: string; data: Uint8Array }[] {
  const view = new DataView(png.buffer, png.byteOffset);
  const chunks: { type: string; data: Uint8Array }[] = [];
  for (let at = 8; at < png.length; ) {
    const length = view.getUint32(at);
    const body = png.subarray(at + 4, at + 8 + length);
    if (zlibCrc32(body) !== view.getUint32(at + 8 + length)) throw new Error('CRC');
    chunks.push({
      type: Buffer.from(body.subarray(0, 4)).toString('latin1'),
      data: body.subarray(4),
    });
    at += 12 + length;
  }
  return chunks;
}

describe('checksums', () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 31) % 251);
  test('CRC-32 as zlib computes it', () => expect(crc32(bytes)).toBe(zlibCrc32(bytes)));
  test('Adler-32 of two parts from theirs', () => {
    const [first, second] = [bytes.subarray(0, 7_001), bytes.subarray(7_001)];
    expect(combineAdler(adler32(first), adler32(second), second.length)).toBe(adler32(bytes));
    expect(adler32(Buffer.from('Wikipedia'))).toBe(0x11e60398);
  });
});

describe('PNG', () => {
  test.each([
    [64, 48],
    [13, 1],
    [1, 1],
    [301, 97],
  ])('%i x %i pixels that decode', (width, height) => {
    const maker = createPngMaker(width, height, createRandom(1), deflate);
    const chunks = chunksOf(maker.next(createRandom(2)));
    expect(chunks.map(({ type }) => type).filter((type) => type !== 'IDAT')).toEqual([
      'IHDR',
      'IEND',
    ]);
    const data = chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data);
    // Throws on a wrong Adler-32.
    expect(inflateSync(Buffer.concat(data)).length).toBe((width * 3 + 1) * height);
    const header = chunks[0]?.data ?? new Uint8Array();
    expect([...header.subarray(0, 8)]).toEqual([
      0,
      0,
      width >> 8,
      width & 255,
      0,
      0,
      height >> 8,
      height & 255,
    ]);
  });

  test('no two alike', () => {
    const maker = createPngMaker(256, 256, createRandom(1), deflate);
    const own = createRandom(3);
    const seen = new Set(
      Array.from({ length: 200 }, () => Buffer.from(maker.next(own)).toString('base64')),
    );
    expect(seen.size).toBe(200);
  });
});

describe('JPEG', () => {
  test('segments in order, rows between restart markers, size as stated', () => {
    const bytes = createJpegMaker(640, 33, createRandom(1)).next(createRandom(2));
    const view = new DataView(bytes.buffer);
    const markers: number[] = [];
    let at = 2;
    for (; markers.at(-1) !== 0xda; at += 2 + view.getUint16(at + 2)) {
      expect(bytes[at]).toBe(0xff);
      markers.push(bytes[at + 1] ?? 0);
      if (bytes[at + 1] === 0xc0)
        expect([view.getUint16(at + 5), view.getUint16(at + 7)]).toEqual([33, 640]);
    }
    expect(markers).toEqual([0xe0, 0xdb, 0xc0, 0xc4, 0xc4, 0xdd, 0xda]);
    const restarts: number[] = [];
    for (; at < bytes.length - 2; at++) {
      if (bytes[at] === 0xff && bytes[at + 1] !== 0) restarts.push(bytes[at + 1] ?? 0);
    }
    // 33 lines are five rows of blocks: four restarts, then the end.
    expect(restarts).toEqual([0xd0, 0xd1, 0xd2, 0xd3]);
    expect([...bytes.subarray(-2)]).toEqual([0xff, 0xd9]);
  });

  test('brightness comes back out of the bits', () => {
    // One block: a difference of its own from 0, so the bits can be read by hand from table K.3.
    const scanOf = (bytes: Uint8Array): Uint8Array => {
      const start = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0xda]));
      return bytes.subarray(start + 10, -2);
    };
    const maker = createJpegMaker(8, 8, createRandom(1));
    for (let seed = 0; seed < 50; seed++) {
      const level = createRandom(seed).integer(255) - 127;
      const bits = [...scanOf(maker.next(createRandom(seed)))]
        .filter((byte, i, all) => !(byte === 0 && all[i - 1] === 0xff))
        .map((byte) => byte.toString(2).padStart(8, '0'))
        .join('');
      const sizes = ['00', '010', '011', '100', '101', '110', '1110', '11110', '111110'];
      const size = sizes.findIndex((code) => bits.startsWith(code));
      const from = sizes[size]?.length ?? 0;
      const value = size === 0 ? 0 : Number.parseInt(bits.slice(from, from + size), 2);
      const read = size === 0 || value >= 2 ** (size - 1) ? value : value - 2 ** size + 1;
      expect(read).toBe(level);
      expect(bits.slice(from + size)).toMatch(/^01*$/);
    }
  });

  test('no two alike', () => {
    const maker = createJpegMaker(256, 256, createRandom(1));
    const own = createRandom(3);
    const seen = new Set(
      Array.from({ length: 200 }, () => Buffer.from(maker.next(own)).toString('base64')),
    );
    expect(seen.size).toBe(200);
  });
});

test('WAV: header, length, no two alike', () => {
  const maker = createWavMaker(2.5, createRandom(1));
  const own = createRandom(2);
  const sound = maker.next(own);
  const view = new DataView(sound.buffer);
  expect(Buffer.from(sound.subarray(0, 4)).toString()).toBe('RIFF');
  expect(view.getUint32(4, true)).toBe(sound.length - 8);
  expect(view.getUint32(24, true)).toBe(SAMPLE_RATE_HZ);
  expect(view.getUint32(40, true)).toBe(2.5 * SAMPLE_RATE_HZ * 2);
  expect(sound.length).toBe(44 + 2.5 * SAMPLE_RATE_HZ * 2);
  expect(Buffer.from(maker.next(own)).equals(sound)).toBe(false);
});
