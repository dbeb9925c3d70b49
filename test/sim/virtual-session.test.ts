/** The virtual driver of load: hot transitions, looks, and the records that it hands over. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BurstSnapshot } from '../../src/core/metrics/burst-snapshot.ts';
import {
  GAP_UNIT_MS,
  type Outcome,
  outcomeAt,
  type RequestColumns,
} from '../../src/core/metrics/request-columns.ts';
import type { ServerModel } from '../../src/sim/server-model.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import {
  openVirtualSession,
  type VirtualBurstPlan,
  type VirtualSession,
  type VirtualSessionPlan,
} from '../../src/sim/virtual-session.ts';
import { WORKLOADS } from '../../src/sim/workloads.ts';

const plan = (load: number, more: Partial<VirtualBurstPlan> = {}): VirtualBurstPlan => ({
  probe: 0,
  load,
  rampMs: 1_000,
  settleMs: 3_000,
  windowMs: 12_000,
  lookEveryMs: 3_000,
  ...more,
});
const session = (more: Partial<VirtualSessionPlan> = {}): VirtualSession =>
  openVirtualSession({
    server: SERVERS.fast,
    workload: WORKLOADS.chat,
    axis: 'concurrency',
    seed: 1,
    ...more,
  });
const goOn = (): 'continue' => 'continue';

interface Row {
  readonly scheduledMs: number;
  readonly firstTokenMs: number;
  readonly endMs: number;
  readonly outcome: Outcome;
  readonly i: number;
}
function rows(columns: RequestColumns): Row[] {
  return Array.from({ length: columns.count }, (_, i) => ({
    scheduledMs: columns.scheduledMs[i] ?? Number.NaN,
    firstTokenMs: columns.firstTokenMs[i] ?? Number.NaN,
    endMs: columns.endMs[i] ?? Number.NaN,
    outcome: outcomeAt(columns, i),
    i,
  }));
}
const withOutcome = (snapshot: BurstSnapshot, outcome: Outcome): Row[] =>
  rows(snapshot.records).filter((row) => row.outcome === outcome);

/** What every snapshot promises, whatever the traffic. */
function checkSnapshot(snapshot: BurstSnapshot): void {
  const { burstStartMs, nowMs, records } = snapshot;
  for (const row of rows(records)) {
    expect(row.scheduledMs).toBeLessThanOrEqual(nowMs);
    if (row.outcome === 'pending') {
      expect(row.endMs).toBeNaN();
    } else {
      expect(row.endMs).toBeGreaterThanOrEqual(Math.max(burstStartMs, row.scheduledMs));
      expect(row.endMs).toBeLessThanOrEqual(nowMs);
    }
    if (!Number.isNaN(row.firstTokenMs)) {
      expect(row.firstTokenMs).toBeGreaterThan(row.scheduledMs);
      expect(row.firstTokenMs).toBeLessThanOrEqual(nowMs);
    }
    if (row.outcome === 'ok') {
      expect(records.outputTokens[row.i]).toBe(records.askedOutputTokens[row.i]);
      expect(records.inputTokens[row.i]).toBe(records.askedInputTokens[row.i]);
      expect(records.chunkCount[row.i]).toBe(records.outputTokens[row.i]);
      expect(records.lastTokenMs[row.i]).toBe(row.endMs);
      expect(records.httpStatus[row.i]).toBe(200);
    }
  }
}

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
