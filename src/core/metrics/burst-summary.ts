/**
 * A burst in numbers: what was asked, sent, finished and how fast. Rates are over the window; counts
 * by outcome are of the requests scheduled in it, so that what never ended is seen as `pending`.
 */
import type { BurstSnapshot } from './burst-snapshot.ts';
import { endedInWindow, rowState, scheduledInWindow, windowMs } from './burst-window.ts';
import { meanInFlight } from './in-flight.ts';
import { gapSummary, type LatencySummary, requestLatencySummary } from './latency-summary.ts';
import { OUTCOMES, type Outcome } from './request-columns.ts';
import { e2eMs } from './request-metrics.ts';

export interface BurstSummary {
  readonly windowMs: number;
  /** Scheduled in the window. */
  readonly requests: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly offeredRps: number;
  readonly completedRps: number;
  readonly outputTokensPerSecond: number;
  readonly meanInFlight: number;
  readonly ttftMs: LatencySummary | undefined;
  readonly tpotMs: LatencySummary | undefined;
  readonly itlMs: LatencySummary | undefined;
  readonly e2eMs: LatencySummary | undefined;
  readonly inputTokensMean: number | undefined;
  readonly outputTokensMean: number | undefined;
}

/** Design effects of TTFT near capacity were 1.5 to 5: the cautious end (search-algorithm, 2). */
export const TTFT_DESIGN_EFFECT = 5;
/** TPOT and E2E: neighbours share the same decode steps, about 0.2 per request in flight, at least 3. */
const SHARED_STEP_EFFECT = 0.2;
const SHARED_STEP_EFFECT_MIN = 3;

/** Design effect assumed for latencies that are made by shared decode steps. */
export function decodeDesignEffect(inFlight: number): number {
  return Math.max(SHARED_STEP_EFFECT_MIN, SHARED_STEP_EFFECT * inFlight);
}

export function summariseBurst(snapshot: BurstSnapshot, confidence: number): BurstSummary {
  const { records } = snapshot;
  const span = windowMs(snapshot);
  const seconds = span / 1_000;
  const outcomes: Partial<Record<Outcome, number>> = {};
  let requests = 0;
  let sent = 0;
  let completed = 0;
  const input = meanCounter();
  const output = meanCounter();
  for (let i = 0; i < records.count; i++) {
    if (scheduledInWindow(snapshot, i)) {
      requests += 1;
      const pending = rowState(records, i, snapshot.nowMs) === 'pending';
      const name = pending ? 'pending' : (OUTCOMES[records.outcome[i] ?? -1] ?? 'pending');
      outcomes[name] = (outcomes[name] ?? 0) + 1;
    }
    const sentMs = records.sentMs[i] ?? Number.NaN;
    if (sentMs >= snapshot.windowStartMs && sentMs < snapshot.nowMs) sent += 1;
    if (endedInWindow(snapshot, i) !== 'ok') continue;
    completed += 1;
    input.add(records.inputTokens[i] ?? -1);
    output.add(records.outputTokens[i] ?? -1);
  }
  const inFlight = meanInFlight(snapshot);
  const decodeEffect = decodeDesignEffect(inFlight);
  const rate = (count: number): number => (seconds > 0 ? count / seconds : 0);
  return {
    windowMs: span,
    requests,
    outcomes,
    offeredRps: rate(sent),
    completedRps: rate(completed),
    outputTokensPerSecond: rate(output.sum()),
    meanInFlight: inFlight,
    ttftMs: requestLatencySummary(snapshot, 'ttft', confidence, TTFT_DESIGN_EFFECT),
    tpotMs: requestLatencySummary(snapshot, 'tpot', confidence, decodeEffect),
    itlMs: gapSummary(snapshot, confidence, decodeEffect),
    e2eMs: requestLatencySummary(snapshot, 'e2e', confidence, decodeEffect),
    inputTokensMean: input.mean(),
    outputTokensMean: output.mean(),
  };
}

/** Mean E2E latency of the requests that ended well in the window; undefined when none did. */
export function meanE2eMs(snapshot: BurstSnapshot): number | undefined {
  let n = 0;
  let sum = 0;
  for (let i = 0; i < snapshot.records.count; i++) {
    if (endedInWindow(snapshot, i) !== 'ok') continue;
    const ms = e2eMs(snapshot.records, i);
    if (ms === undefined) continue;
    n += 1;
    sum += ms;
  }
  return n === 0 ? undefined : sum / n;
}

/** Ok requests that ended in the window, per second. */
export function completedRps(snapshot: BurstSnapshot): number {
  const span = windowMs(snapshot);
  let completed = 0;
  for (let i = 0; i < snapshot.records.count; i++) {
    if (endedInWindow(snapshot, i) === 'ok') completed += 1;
  }
  return span > 0 ? completed / (span / 1_000) : 0;
}

interface MeanCounter {
  add(count: number): void;
  sum(): number;
  mean(): number | undefined;
}

/** Mean of the counts that are known (>= 0). */
function meanCounter(): MeanCounter {
  let n = 0;
  let total = 0;
  return {
    add(count) {
      if (count < 0) return;
      n += 1;
      total += count;
    },
    sum: () => total,
    mean: () => (n === 0 ? undefined : total / n),
  };
}
