/** Slow, full or gone? Only the last may take a burst out of the log. */
import { describe, expect, test } from 'vitest';
import type { BurstSnapshot } from '../../../../src/core/metrics/burst-snapshot.ts';
import {
  createColumns,
  type Outcome,
  outcomeIndex,
} from '../../../../src/core/metrics/request-columns.ts';
import { failingEnd } from '../../../../src/service/runner/target/failing-end.ts';
import { isQuiet, targetTrouble } from '../../../../src/service/runner/target/target-trouble.ts';
import { health } from '../../store/samples.ts';

interface Row {
  readonly outcome: Outcome;
  readonly sentMs: number;
  readonly endMs?: number;
  readonly firstByteMs?: number;
  readonly lastTokenMs?: number;
  readonly status?: number;
}

function burst(rows: readonly Row[], nowMs: number): BurstSnapshot {
  const records = createColumns(rows.length);
  records.count = rows.length;
  rows.forEach((row, i) => {
    records.outcome[i] = outcomeIndex(row.outcome);
    records.scheduledMs[i] = row.sentMs;
    records.sentMs[i] = row.sentMs;
    records.endMs[i] = row.endMs ?? Number.NaN;
    records.firstByteMs[i] = row.firstByteMs ?? Number.NaN;
    records.lastTokenMs[i] = row.lastTokenMs ?? Number.NaN;
    records.httpStatus[i] = row.status ?? 0;
  });
  return { burstStartMs: 0, windowStartMs: 2_000, nowMs, records, health: health() };
}

/** One request every 100 ms from `fromMs`, all ending alike. */
function ends(outcome: Outcome, fromMs: number, n: number, status = 0): Row[] {
  return Array.from({ length: n }, (_, i) => {
    const sentMs = fromMs + i * 100;
    const head = status > 0 ? { firstByteMs: sentMs + 1 } : {};
    return { outcome, sentMs, endMs: sentMs + 2, status, ...head };
  });
}

describe('unreachable', () => {
  test('all refused since the last sign of life', () => {
    const rows = [
      ...ends('ok', 0, 20, 200),
      { outcome: 'reset', sentMs: 1_900, firstByteMs: 1_950, lastTokenMs: 2_000, endMs: 2_050 },
      ...ends('refused', 2_100, 30),
    ] as const;
    expect(targetTrouble(burst(rows, 5_200), 100)).toMatchObject({ kind: 'unreachable' });
  });

  test('not before two seconds, and not by a few', () => {
    expect(targetTrouble(burst(ends('refused', 0, 15), 1_900), 100)).toBeUndefined();
    expect(targetTrouble(burst(ends('refused', 0, 9), 9_000), 100)).toBeUndefined();
  });

  test('a full accept queue still answers some: that is evidence, not loss', () => {
    const rows = [...ends('refused', 0, 80), ...ends('ok', 50, 80, 200)];
    expect(targetTrouble(burst(rows, 8_100), 100)).toBeUndefined();
  });

  test('streams that go on are life, while new connections are refused', () => {
    const rows: Row[] = [
      ...ends('refused', 0, 60),
      { outcome: 'pending', sentMs: 0, firstByteMs: 500, lastTokenMs: 5_900 },
    ];
    expect(targetTrouble(burst(rows, 6_000), 100)).toBeUndefined();
  });
});

describe('turned away', () => {
  test('all answered 401', () => {
    const rows = [...ends('ok', 0, 20, 200), ...ends('client_error', 2_100, 30, 401)];
    const trouble = targetTrouble(burst(rows, 5_200), 100);
    expect(trouble).toMatchObject({ kind: 'turned_away' });
    expect(trouble?.detail).toContain('401');
  });

  test.each(['rejected', 'server_error', 'stream_error', 'truncated'] as const)(
    'all %s is an answer about the load',
    (outcome) => {
      expect(targetTrouble(burst(ends(outcome, 0, 60, 503), 6_100), 100)).toBeUndefined();
    },
  );
});

describe('silent', () => {
  const waiting: Row[] = Array.from({ length: 8 }, () => ({ outcome: 'pending', sentMs: 3_000 }));
  test('requests wait and nothing comes', () => {
    const rows = [...ends('ok', 0, 30, 200), ...waiting];
    expect(targetTrouble(burst(rows, 18_200), 100)).toMatchObject({ kind: 'silent' });
    expect(targetTrouble(burst(rows, 17_000), 100)).toBeUndefined();
    expect(isQuiet(burst(rows, 5_500))).toBe(true);
    expect(isQuiet(burst(rows, 4_500))).toBe(false);
  });

  test('a slow server is given five of its own latencies', () => {
    const rows = [...ends('ok', 0, 30, 200), ...waiting];
    expect(targetTrouble(burst(rows, 30_000), 8_000)).toBeUndefined();
    expect(targetTrouble(burst(rows, 44_000), 8_000)).toMatchObject({ kind: 'silent' });
  });

  test('before any latency is known, a first answer may take a minute', () => {
    expect(targetTrouble(burst(waiting, 59_000), undefined)).toBeUndefined();
    expect(targetTrouble(burst(waiting, 61_000), undefined)).toMatchObject({ kind: 'silent' });
  });

  test('no request waits, nobody is silent', () => {
    expect(targetTrouble(burst(ends('ok', 0, 30, 200), 60_000), 100)).toBeUndefined();
    expect(isQuiet(burst(ends('ok', 0, 30, 200), 60_000))).toBe(false);
  });
});

describe('an end in nothing but errors', () => {
  test('a gateway that answers 502 at once, or 503, or breaks its streams', () => {
    const good = ends('ok', 0, 20, 200);
    expect(failingEnd(burst([...good, ...ends('server_error', 2_100, 3, 502)], 2_400))).toEqual({
      kind: 'failing',
      detail: 'the last 3 requests all failed (HTTP 502) at load',
    });
    for (const outcome of ['rejected', 'stream_error', 'truncated', 'refused'] as const) {
      expect(failingEnd(burst([...good, ...ends(outcome, 2_100, 5)], 2_700))?.kind).toBe('failing');
    }
  });

  test('one that still answers some is full', () => {
    const mixed = [...ends('server_error', 0, 30, 503), ...ends('ok', 3_000, 1, 200)];
    expect(failingEnd(burst(mixed, 3_100))).toBeUndefined();
    // Tokens of a stream that goes on, or that broke off, are life.
    for (const outcome of ['pending', 'reset'] as const) {
      const stream = { outcome, sentMs: 0, firstByteMs: 50, lastTokenMs: 2_990, endMs: 2_995 };
      const rows = [...ends('server_error', 0, 30, 503), stream];
      expect(failingEnd(burst(rows, 3_100))).toBeUndefined();
    }
  });

  test('two may be chance, and a timeout is no error of a gateway', () => {
    expect(failingEnd(burst(ends('server_error', 0, 2, 502), 300))).toBeUndefined();
    expect(failingEnd(burst(ends('total_timeout', 0, 9), 9_000))).toBeUndefined();
  });
});
