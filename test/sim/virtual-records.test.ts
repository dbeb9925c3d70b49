/**
 * What a virtual session promises through any sequence of bursts, and what servers that refuse leave
 * in the records.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GAP_UNIT_MS } from '../../src/core/metrics/request-columns.ts';
import type { ServerModel } from '../../src/sim/server-model.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import {
  checkSnapshot,
  goOn,
  plan,
  type Row,
  rows,
  session,
  withOutcome,
} from './virtual-bursts.ts';

describe('a session', () => {
  it('repeats for one seed and differs for another', () => {
    const run = (seed: number): readonly Row[] => {
      const s = session({ seed });
      s.burst(plan(20), goOn);
      return rows(s.burst(plan(35), goOn).records);
    };
    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
  });

  it('says nothing of a client that is not there', () => {
    const { health } = session().burst(plan(5), goOn);
    expect(health).toMatchObject({ generators: 0, unsent: 0, canaryLateRatio: undefined });
  });

  it('keeps its promises through any sequence of loads, on any server', () => {
    const bursts = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 120 }), fc.boolean(), fc.integer({ min: 0, max: 6_000 })),
      { minLength: 1, maxLength: 6 },
    );
    const servers = fc.constantFrom<ServerModel>(
      ...Object.values(SERVERS),
      { ...SERVERS.fast, diesAtMs: 9_000 },
      { ...SERVERS.flaky, errorRatio: 0.3 },
    );
    const axis = fc.constantFrom('concurrency', 'request_rate');
    fc.assert(
      fc.property(bursts, servers, axis, (loads, server, onAxis) => {
        const s = session({ server, axis: onAxis });
        for (const [load, cold, windowMs] of loads) {
          const snapshot = s.burst(
            plan(onAxis === 'concurrency' ? load : load / 4, { cold, windowMs, settleMs: 1_500 }),
            (look) => {
              checkSnapshot(look);
              return 'continue';
            },
          );
          checkSnapshot(snapshot);
          expect(snapshot.nowMs).toBe(s.nowMs);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('gaps between tokens', () => {
  it('are kept when asked and add up to the time from the first token to the last', () => {
    const { records } = session({ keepGaps: true }).burst(plan(20), goOn);
    const ended = rows(records).filter((row) => row.outcome === 'ok');
    expect(ended.length).toBeGreaterThan(10);
    for (const { i, firstTokenMs, endMs } of ended) {
      const start = records.gapStart[i] ?? -1;
      const count = (records.chunkCount[i] ?? 0) - 1;
      expect(start).toBeGreaterThanOrEqual(0);
      const units = records.gapUnits.slice(start, start + count).reduce((s, u) => s + u, 0);
      expect(Math.abs(units * GAP_UNIT_MS - (endMs - firstTokenMs))).toBeLessThan(0.01 * count);
    }
  });

  it('cost nothing when not asked', () => {
    const { records } = session().burst(plan(20), goOn);
    expect(records.gapCount).toBe(0);
    expect(records.gapStart[0]).toBe(-1);
  });
});

describe('servers that refuse', () => {
  it('answers 429 beyond its slots and its queue, at once', () => {
    const server = SERVERS.admission429;
    const snapshot = session({ server }).burst(plan(100), goOn);
    const rejected = withOutcome(snapshot, 'rejected');
    expect(rejected.length).toBeGreaterThan(100);
    for (const row of rejected) {
      expect(row.endMs - row.scheduledMs).toBeLessThan(5);
      expect(snapshot.records.httpStatus[row.i]).toBe(429);
      expect(snapshot.records.retryAfterS[row.i]).toBe(1);
    }
    expect(withOutcome(session({ server }).burst(plan(75), goOn), 'rejected')).toEqual([]);
  });

  it('cuts what is in flight when it dies and refuses the rest', () => {
    const server: ServerModel = { ...SERVERS.fast, diesAtMs: 8_000 };
    const snapshot = session({ server }).burst(plan(30), goOn);
    // A stream whose request ended with that very step was between two requests.
    expect(withOutcome(snapshot, 'reset').length).toBeGreaterThan(25);
    expect(withOutcome(snapshot, 'refused').length).toBeGreaterThan(100);
    const lastOk = Math.max(...withOutcome(snapshot, 'ok').map((row) => row.endMs));
    expect(lastOk).toBeLessThan(8_100);
  });

  it('fails its share of requests', () => {
    const server: ServerModel = { ...SERVERS.fast, errorRatio: 0.1 };
    const snapshot = session({ server }).burst(plan(60, { windowMs: 120_000 }), goOn);
    const failed = withOutcome(snapshot, 'server_error').length;
    expect(Math.abs(failed / snapshot.records.count - 0.1)).toBeLessThan(0.03);
  });

  it('does not take what is longer than its model', () => {
    const server: ServerModel = { ...SERVERS.fast, maxModelLen: 300 };
    const snapshot = session({ server }).burst(plan(20), goOn);
    const tooLong = withOutcome(snapshot, 'client_error');
    expect(tooLong.length).toBeGreaterThan(10);
    for (const { i } of tooLong) expect(snapshot.records.httpStatus[i]).toBe(400);
  });
});
