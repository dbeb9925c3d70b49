/** Evidence against a slow twin that is written request by request, on random bursts and cuts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BurstSnapshot } from '../../../../src/core/metrics/burst-snapshot.ts';
import type { RequestRow } from '../../../../src/core/metrics/grow-columns.ts';
import { OUTCOMES, type Outcome } from '../../../../src/core/metrics/request-columns.ts';
import { evidenceOf } from '../../../../src/core/policy/evidence/evidence-of.ts';
import type { Objective } from '../../../../src/core/policy/objective.ts';
import { parseSlo } from '../../../../src/core/policy/slo-parse.ts';
import type { Evidence } from '../../../../src/core/stats/evidence.ts';
import { burst } from '../../metrics/sample-burst.ts';

const ended = OUTCOMES.filter((outcome) => outcome !== 'pending');

/** A request with its whole life known; a look at an earlier moment sees less of it. */
const life = fc
  .record({
    scheduledMs: fc.integer({ min: -2_000, max: 9_999 }),
    lagMs: fc.nat(50),
    ttft: fc.nat(3_000),
    tokens: fc.integer({ min: 1, max: 30 }),
    gapMs: fc.nat(60),
    outcome: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Outcome>('ok') },
      fc.constantFrom(...ended),
    ),
  })
  .map(({ scheduledMs, lagMs, ttft, tokens, gapMs, outcome }): RequestRow => {
    if (outcome === 'unsent') return { scheduledMs, outcome, endMs: scheduledMs + lagMs };
    const answered = outcome === 'ok';
    const firstTokenMs = scheduledMs + lagMs + ttft;
    return {
      scheduledMs,
      outcome,
      sentMs: scheduledMs + lagMs,
      ...(answered || ttft % 2 === 0 ? { firstTokenMs } : {}),
      endMs: firstTokenMs + (tokens - 1) * gapMs,
      chunkCount: answered ? tokens : 0,
      outputTokens: answered ? tokens : undefined,
      lastTokenMs: firstTokenMs + (tokens - 1) * gapMs,
      gapUnits: answered ? Array.from({ length: tokens - 1 }, () => gapMs * 100) : undefined,
    };
  });

const OBJECTIVES = [
  'p50(ttft) < 400 ms',
  'p90(ttft) <= 1.5 s',
  'p50(ttft_from_send) < 400 ms',
  'p90(tpot) < 20 ms',
  'p90(e2e) < 1 s',
  'attainment(ttft < 800 ms and tpot < 30 ms) >= 60%',
  'error_rate < 5%',
].map((text) => {
  const parsed = parseSlo(text);
  if (!parsed.ok || parsed.value[0] === undefined) throw new Error(text);
  return parsed.value[0];
});

interface Counted {
  n: number;
  bad: number;
}

/** Undefined: no sample. Otherwise whether the request is bad. */
function slowBad(objective: Objective, row: RequestRow, fromMs: number, nowMs: number) {
  const over = (bound: { operator: '<' | '<='; boundMs: number }, ms: number): boolean =>
    bound.operator === '<' ? ms >= bound.boundMs : ms > bound.boundMs;
  const endMs = row.endMs ?? row.scheduledMs;
  const open = endMs >= nowMs;
  const ignored = row.outcome === 'cancelled' || row.outcome === 'stale_connection';
  if (objective.kind === 'quantile' && objective.metric.startsWith('ttft')) {
    if (row.scheduledMs < fromMs || row.outcome === 'stale_connection') return undefined;
    let origin = row.scheduledMs;
    if (objective.metric === 'ttft_from_send' && row.sentMs !== undefined) origin = row.sentMs;
    else if (objective.metric === 'ttft_from_send' && open) return undefined;
    const known = origin + objective.boundMs;
    if (known >= nowMs) return undefined;
    if (ignored && !open && endMs <= known) return undefined;
    if (!open && !ignored && row.outcome !== 'ok') return true;
    return row.firstTokenMs === undefined || over(objective, row.firstTokenMs - origin);
  }
  if (open || ignored || endMs < fromMs) return undefined;
  if (row.outcome !== 'ok') return true;
  const ttft = (row.firstTokenMs ?? Number.NaN) - row.scheduledMs;
  const tokens = row.outputTokens ?? 0;
  const tpot = tokens < 2 ? undefined : (endMs - (row.firstTokenMs ?? Number.NaN)) / (tokens - 1);
  if (objective.kind === 'error_rate') return false;
  if (objective.kind === 'attainment') {
    return objective.bounds.some((bound) => {
      const ms = bound.metric === 'ttft' ? ttft : tpot;
      return ms !== undefined && over(bound, ms);
    });
  }
  if (objective.kind !== 'quantile') throw new Error(objective.kind);
  if (objective.metric === 'e2e') return over(objective, endMs - row.scheduledMs);
  return tpot === undefined ? undefined : over(objective, tpot);
}

function slowCounts(
  objective: Objective,
  rows: readonly RequestRow[],
  fromMs: number,
  nowMs: number,
) {
  const counted: Counted = { n: 0, bad: 0 };
  for (const row of rows) {
    const bad = slowBad(objective, row, fromMs, nowMs);
    if (bad === undefined) continue;
    counted.n += 1;
    if (bad) counted.bad += 1;
  }
  return counted;
}

function countsOf(evidence: Evidence): Counted | 'missing' {
  if (evidence.kind === 'missing') return 'missing';
  if (evidence.kind !== 'ratio') throw new Error(evidence.kind);
  return evidence.blocks.reduce<Counted>(
    (sum, block) => ({ n: sum.n + block.n, bad: sum.bad + block.bad }),
    { n: 0, bad: 0 },
  );
}

/** Counts by block, without the sums of logarithms, whose last digit depends on the order. */
function byBlock(evidence: Evidence): unknown {
  if (evidence.kind !== 'ratio') return evidence;
  return evidence.blocks.map(({ n, bad }) => ({ n, bad }));
}

const windowed = (rows: readonly RequestRow[], startMs: number, nowMs: number): BurstSnapshot =>
  burst(rows, { startMs, nowMs });

describe('evidence', () => {
  it('equals the slow twin at any moment of any burst', () => {
    fc.assert(
      fc.property(
        fc.array(life, { maxLength: 60 }),
        fc.nat(4_000),
        fc.integer({ min: 1, max: 8_000 }),
        fc.integer({ min: 100, max: 5_000 }),
        (rows, startMs, spanMs, blockMs) => {
          const nowMs = startMs + spanMs;
          for (const objective of OBJECTIVES) {
            const found = countsOf(evidenceOf(objective, windowed(rows, startMs, nowMs), blockMs));
            // One-token workloads may be missing; nothing else is in these bursts.
            if (found !== 'missing')
              expect(found).toEqual(slowCounts(objective, rows, startMs, nowMs));
          }
        },
      ),
    );
  });

  it('counts nothing twice and nothing of completions never, wherever a window is cut', () => {
    fc.assert(
      fc.property(
        fc.array(life, { maxLength: 60 }),
        fc.integer({ min: 1, max: 9_999 }),
        (rows, cutMs) => {
          for (const objective of OBJECTIVES) {
            const whole = countsOf(evidenceOf(objective, windowed(rows, 0, 10_000), 1_000));
            const first = countsOf(evidenceOf(objective, windowed(rows, 0, cutMs), 1_000));
            const second = countsOf(evidenceOf(objective, windowed(rows, cutMs, 10_000), 1_000));
            if (whole === 'missing' || first === 'missing' || second === 'missing') continue;
            const arrivals = objective.kind === 'quantile' && objective.metric.startsWith('ttft');
            if (arrivals) expect(first.n + second.n).toBeLessThanOrEqual(whole.n);
            else expect(first.n + second.n).toBe(whole.n);
          }
        },
      ),
    );
  });

  it('never depends on the order of the rows', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 40 }), (rows) => {
        for (const objective of OBJECTIVES) {
          const forward = evidenceOf(objective, windowed(rows, 500, 9_000), 700);
          const backward = evidenceOf(objective, windowed([...rows].reverse(), 500, 9_000), 700);
          expect(byBlock(backward)).toEqual(byBlock(forward));
        }
      }),
    );
  });
});
