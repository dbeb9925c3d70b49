/** Raw records survive the store bit by bit, whatever is in them, and cost what the README says. */
import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import { createColumns, type RequestColumns } from '../../../src/core/metrics/request-columns.ts';
import { packSnapshot, unpackSnapshot } from '../../../src/service/store/record-blob.ts';
import { health, snapshot } from './samples.ts';

function around(records: RequestColumns) {
  return { burstStartMs: 1.5, windowStartMs: 2.5, nowMs: 3.5, records, health: health() };
}

describe('record blob', () => {
  test('every column of every size comes back bit by bit', async () => {
    const sizes = fc.record({ count: fc.nat(70), spare: fc.nat(9), gaps: fc.nat(50) });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer(), async ({ count, spare, gaps }, seed) => {
        const records = createColumns(count + spare);
        records.count = count;
        records.gapCount = gaps;
        records.gapUnits = new Uint16Array(gaps + spare);
        const random = createRandom(seed);
        for (const column of Object.values(records)) {
          if (typeof column === 'number') continue;
          // Raw bytes: every NaN, every sign, every bit.
          const bytes = new Uint8Array(column.buffer);
          for (let i = 0; i < bytes.length; i++) bytes[i] = random.integer(256);
        }
        const back = (await unpackSnapshot(await packSnapshot(around(records)))).records;
        expect(back.count).toBe(count);
        expect(back.gapCount).toBe(gaps);
        for (const [name, column] of Object.entries(records)) {
          if (typeof column === 'number') continue;
          const used = column.subarray(0, name === 'gapUnits' ? gaps : count);
          const own = Object.entries(back).find(([key]) => key === name)?.[1];
          if (typeof own === 'number' || own === undefined) throw new Error(`no column ${name}`);
          expect(Buffer.from(own.buffer), name).toEqual(
            Buffer.from(used.buffer, used.byteOffset, used.byteLength),
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  test('a blob from before workloads had parts is read: every request is of the first', async () => {
    const given = snapshot();
    given.records.part.fill(3);
    const bytes = inflateSync(await packSnapshot(given));
    const older = bytes.subarray(0, bytes.length - given.records.count);
    older.write('"format":1', older.indexOf('"format":2'), 'utf8');
    const { records } = await unpackSnapshot(deflateSync(older));
    expect(records.scheduledMs).toEqual(given.records.scheduledMs.slice(0, given.records.count));
    expect([...records.part]).toEqual(new Array(given.records.count).fill(0));
  });

  test('a blob that is cut short is refused', async () => {
    const packed = await packSnapshot(snapshot());
    await expect(unpackSnapshot(packed.subarray(0, packed.length - 20))).rejects.toThrow();
  });

  test('a thousand requests of 150 tokens take less than 300 kB', async () => {
    const requests = 1_000;
    const tokens = 150;
    const records = createColumns(requests);
    records.count = requests;
    records.gapCount = requests * (tokens - 1);
    records.gapUnits = new Uint16Array(records.gapCount);
    const random = createRandom(1);
    for (let i = 0; i < requests; i++) {
      const atMs = 5_000_000 + i * 60 + random.next();
      records.scheduledMs[i] = atMs;
      records.sentMs[i] = atMs + 0.3 * random.exponential();
      records.firstByteMs[i] = atMs + 90 + 20 * random.exponential();
      records.firstTokenMs[i] = atMs + 91 + 20 * random.exponential();
      records.lastTokenMs[i] = atMs + 3_000 + random.normal();
      records.endMs[i] = atMs + 3_001 + random.normal();
      records.chunkCount[i] = tokens;
      records.outputTokens[i] = tokens;
      records.inputTokens[i] = 900 + random.integer(300);
      records.gapStart[i] = i * (tokens - 1);
    }
    // Gaps around 20 ms, a few percent apart, in units of 0.01 ms.
    for (let g = 0; g < records.gapCount; g++) records.gapUnits[g] = 2_000 + 60 * random.normal();
    const packed = await packSnapshot(around(records));
    expect(packed.length).toBeLessThan(300_000);
    records.gapCount = 0;
    records.gapStart.fill(-1);
    expect((await packSnapshot(around(records))).length).toBeLessThan(50_000);
  });
});
