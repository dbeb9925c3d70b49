import { describe, expect, it } from 'vitest';
import type { BurstSnapshot } from '../../src/core/metrics/burst-snapshot.ts';
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

describe('closed loop', () => {
  it('keeps exactly its streams in flight and sends the next request the moment one ends', () => {
    const snapshot = session().burst(plan(40), (look) => {
      checkSnapshot(look);
      expect(withOutcome(look, 'pending').length).toBe(40);
      return 'continue';
    });
    const all = rows(snapshot.records);
    const ends = all.filter((row) => row.outcome === 'ok').map((row) => row.endMs);
    const sends = all.filter((row) => row.scheduledMs > 1_000).map((row) => row.scheduledMs);
    // All but the 40 joins are answers to an end; an end at the very last step has its send too.
    expect(ends.length).toBe(all.length - 40);
    expect(sends.filter((ms) => !ends.includes(ms))).toEqual([]);
  });

  it('lets new clients join evenly over the ramp', () => {
    const { records } = session().burst(plan(10, { rampMs: 2_000, settleMs: 2_000 }), goOn);
    const ends = new Set(rows(records).map((row) => row.endMs));
    const joins = rows(records).filter((row) => !ends.has(row.scheduledMs));
    expect(joins.map((row) => Math.round(row.scheduledMs))).toEqual(
      Array.from({ length: 10 }, (_, i) => i * 200),
    );
  });

  it('keeps requests in flight over a change of load and lets surplus clients leave at their end', () => {
    const s = session();
    const before = s.burst(plan(60), goOn);
    const carried = new Set(withOutcome(before, 'pending').map((row) => row.scheduledMs));
    expect(carried.size).toBeGreaterThan(40);
    const after = s.burst(plan(25), goOn);
    checkSnapshot(after);
    expect(after.burstStartMs).toBe(before.nowMs);
    const scheduledBefore = rows(after.records).filter((r) => r.scheduledMs <= before.nowMs);
    expect(scheduledBefore.length).toBe(60);
    expect(scheduledBefore.every((row) => row.outcome !== 'cancelled')).toBe(true);
    for (const row of scheduledBefore) expect(carried.has(row.scheduledMs)).toBe(true);
    expect(withOutcome(after, 'pending').length).toBe(25);
    const up = s.burst(plan(80), goOn);
    expect(withOutcome(up, 'pending').length).toBe(80);
    checkSnapshot(up);
  });

  it('starts from an empty server when cold', () => {
    const s = session();
    s.burst(plan(60), goOn);
    const cold = s.burst(plan(30, { cold: true }), goOn);
    checkSnapshot(cold);
    expect(withOutcome(cold, 'cancelled').length).toBe(60);
    expect(withOutcome(cold, 'pending').length).toBe(30);
    const fresh = rows(cold.records).filter((row) => row.outcome !== 'cancelled');
    expect(fresh[0]?.scheduledMs).toBe(cold.burstStartMs);
  });
});

describe('open loop', () => {
  const open = { axis: 'request_rate', server: SERVERS.fast } as const;

  it('sends at its rate, whatever the server does', () => {
    const s = session(open);
    const { records, burstStartMs, nowMs } = s.burst(plan(10, { windowMs: 200_000 }), goOn);
    const rate = records.count / ((nowMs - burstStartMs) / 1_000);
    expect(Math.abs(rate / 10 - 1)).toBeLessThan(0.07);
  });

  it('goes on with one stream of arrivals when the rate changes', () => {
    const [steady, changed] = [session(open), session(open)];
    const one = steady.burst(plan(5, { windowMs: 60_000 }), goOn);
    const half = changed.burst(plan(5, { windowMs: 20_000 }), goOn);
    const twice = changed.burst(plan(10, { windowMs: 17_000 }), goOn);
    const sends = (snapshot: BurstSnapshot, fromMs: number): number[] =>
      rows(snapshot.records)
        .map((row) => row.scheduledMs)
        .filter((ms) => ms > fromMs);
    const expected = sends(one, half.nowMs).map((ms) => half.nowMs + (ms - half.nowMs) / 2);
    const got = sends(twice, half.nowMs);
    expect(got.length).toBeGreaterThan(100);
    got.slice(0, 100).forEach((ms, i) => {
      expect(ms).toBeCloseTo(expected[i] ?? 0, 3);
    });
  });

  it('cancels a backlog when it goes down, and only then', () => {
    const s = session({ ...open, server: SERVERS.slow });
    const over = s.burst(plan(6, { windowMs: 60_000 }), goOn);
    const waiting = withOutcome(over, 'pending').filter((row) => Number.isNaN(row.firstTokenMs));
    expect(waiting.length).toBeGreaterThan(100);
    const up = s.burst(plan(6.5, { windowMs: 5_000 }), goOn);
    expect(withOutcome(up, 'cancelled')).toEqual([]);
    const down = s.burst(plan(0.5), goOn);
    checkSnapshot(down);
    const cut = withOutcome(down, 'cancelled');
    expect(cut.length).toBeGreaterThan(100);
    expect(cut.every((row) => row.endMs === down.burstStartMs)).toBe(true);
    expect(cut.every((row) => Number.isNaN(row.firstTokenMs))).toBe(true);
    const few = withOutcome(down, 'pending').filter((row) => Number.isNaN(row.firstTokenMs));
    expect(few.length).toBeLessThan(20);
  });

  it('keeps a small backlog', () => {
    const s = session({ ...open, server: SERVERS.slots24 });
    s.burst(plan(8), goOn);
    const down = s.burst(plan(4), goOn);
    expect(withOutcome(down, 'cancelled')).toEqual([]);
  });
});

describe('looks', () => {
  it('come every lookEveryMs of the window and end the burst when told to', () => {
    const looks: number[] = [];
    const end = session().burst(plan(20, { windowMs: 60_000 }), (look) => {
      expect(look.windowStartMs).toBe(look.burstStartMs + 3_000);
      looks.push(look.nowMs - look.windowStartMs);
      return looks.length === 4 ? 'end' : 'continue';
    });
    expect(looks.length).toBe(4);
    looks.forEach((ms, i) => {
      // A look waits for the step under way: some tens of ms.
      expect(ms).toBeGreaterThanOrEqual(3_000 * (i + 1));
      expect(ms).toBeLessThan(3_000 * (i + 1) + 250);
    });
    expect(end.nowMs - end.windowStartMs).toBe(looks[3]);
  });

  it('do not change what happens', () => {
    const run = (lookEveryMs: number): readonly Row[] =>
      rows(session().burst(plan(30, { lookEveryMs }), goOn).records);
    expect(run(500)).toEqual(run(1e9));
  });

  it('see the tokens of a request that has not ended', () => {
    let seen = 0;
    session().burst(plan(20), ({ records, nowMs }) => {
      for (const row of rows(records)) {
        if (row.outcome !== 'pending' || Number.isNaN(row.firstTokenMs)) continue;
        seen += 1;
        expect(records.chunkCount[row.i]).toBeGreaterThan(0);
        expect(records.chunkCount[row.i]).toBeLessThan(records.askedOutputTokens[row.i] ?? 0);
        expect(records.lastTokenMs[row.i]).toBe(nowMs);
      }
      return 'continue';
    });
    expect(seen).toBeGreaterThan(20);
  });
});
