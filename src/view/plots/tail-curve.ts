/**
 * The tail of a latency at one load, from raw requests: the share of requests that took longer, by
 * latency. The sample is the one that the evidence counts, so the curve and the verdict agree. What
 * failed or is still owed lies above every time; it is counted, and drawn as such.
 */
import type { BurstSnapshot } from '../../core/metrics/burst-snapshot.ts';
import { endedInWindow } from '../../core/metrics/burst-window.ts';
import { partSnapshot } from '../../core/metrics/part-rows.ts';
import { GAP_OVERFLOW, GAP_UNIT_MS } from '../../core/metrics/request-columns.ts';
import { applies, latencyMs } from '../../core/metrics/request-metrics.ts';
import { visitGaps } from '../../core/policy/evidence/gap-evidence.ts';
import { visitCompletions, visitLatency } from '../../core/policy/evidence/samples.ts';
import type { LatencyMetric, Objective, SloTier } from '../../core/policy/objective.ts';

export interface TailPoint {
  /** ms, or the worst latency of the request in units of its bound for an attainment. */
  readonly latency: number;
  /** Share of the sample that took longer, 0..1. */
  readonly above: number;
}

export interface TailCurve {
  readonly tier: string;
  readonly side: 'lower' | 'upper';
  readonly load: number;
  readonly probes: readonly number[];
  readonly samples: number;
  /** Failed or still owed: longer than anything measured. */
  readonly censored: number;
  readonly points: readonly TailPoint[];
}

/** What the tail plot shows of a tier: one latency, its limit, the share that may lie beyond. */
export interface TailQuestion {
  readonly objective: Objective | undefined;
  readonly metric: LatencyMetric | 'worst';
  readonly unit: 'ms' | 'of its bound';
  readonly limit: number | undefined;
  readonly allowedAbove: number | undefined;
  readonly text: string;
}

/** Enough steps for a smooth curve at any width; each is a measured request. */
const MAX_POINTS = 160;

export function tailQuestion(tier: SloTier, binding: string | undefined): TailQuestion {
  const isTail = (objective: Objective): boolean =>
    objective.kind === 'quantile' || objective.kind === 'attainment';
  const bound = tier.objectives.find((objective) => objective.id === binding);
  const objective =
    bound !== undefined && (isTail(bound) || bound.kind === 'mean')
      ? bound
      : (tier.objectives.find(isTail) ?? tier.objectives.find((one) => one.kind === 'mean'));
  switch (objective?.kind) {
    case 'quantile': {
      const { metric, boundMs, q, text } = objective;
      return { objective, metric, unit: 'ms', limit: boundMs, allowedAbove: 1 - q, text };
    }
    case 'attainment': {
      const allowedAbove = 1 - objective.ratio;
      const { text } = objective;
      return { objective, metric: 'worst', unit: 'of its bound', limit: 1, allowedAbove, text };
    }
    case 'mean': {
      const { metric, boundMs, text } = objective;
      return { objective, metric, unit: 'ms', limit: boundMs, allowedAbove: undefined, text };
    }
    default:
      return {
        objective,
        metric: 'e2e',
        unit: 'ms',
        limit: undefined,
        allowedAbove: undefined,
        text: 'e2e',
      };
  }
}

export function tailCurve(
  head: Pick<TailCurve, 'tier' | 'side' | 'load' | 'probes'>,
  question: TailQuestion,
  snapshots: readonly BurstSnapshot[],
): TailCurve {
  let censored = 0;
  const values: number[] = [];
  /** Gaps are many and of few values: they are counted by value. */
  const gapCounts = new Float64Array(question.metric === 'itl' ? GAP_OVERFLOW + 1 : 0);
  const visit = (value: number): void => {
    if (Number.isFinite(value)) values.push(value);
    else if (!Number.isNaN(value)) censored += 1;
  };
  const partIndex = question.objective?.partIndex;
  for (const whole of snapshots) {
    const snapshot = partIndex === undefined ? whole : partSnapshot(whole, partIndex);
    if (question.metric === 'itl') censored += countGaps(snapshot, gapCounts);
    else if (question.metric === 'worst') visitWorst(snapshot, question.objective, visit);
    else if (question.limit === undefined) visitCompletions(snapshot, question.metric, visit);
    else visitLatency(snapshot, question.metric, question.limit, visit);
  }
  const steps = question.metric === 'itl' ? gapSteps(gapCounts) : valueSteps(values);
  const measured = steps.reduce((total, step) => total + step.count, 0);
  const samples = measured + censored;
  return { ...head, samples, censored, points: thinned(steps, samples) };
}

interface Step {
  readonly latency: number;
  readonly count: number;
}

function valueSteps(values: readonly number[]): Step[] {
  return Float64Array.from(values)
    .sort()
    .reduce<Step[]>((steps, latency) => {
      steps.push({ latency, count: 1 });
      return steps;
    }, []);
}

function gapSteps(counts: Float64Array): Step[] {
  const steps: Step[] = [];
  counts.forEach((count, unit) => {
    // A gap of nothing has no place on a logarithmic axis: it stands at the smallest that is kept.
    if (count > 0) steps.push({ latency: Math.max(1, unit) * GAP_UNIT_MS, count });
  });
  return steps;
}

function countGaps(snapshot: BurstSnapshot, counts: Float64Array): number {
  const { gapUnits } = snapshot.records;
  let owed = 0;
  visitGaps(snapshot, {
    measured(start, count) {
      for (let g = start; g < start + count; g++) {
        const unit = gapUnits[g] ?? 0;
        counts[unit] = (counts[unit] ?? 0) + 1;
      }
    },
    owed: (count) => {
      owed += count;
    },
  });
  return owed;
}

/** The largest latency of each request in units of its bound. */
function visitWorst(
  snapshot: BurstSnapshot,
  objective: Objective | undefined,
  visit: (value: number) => void,
): void {
  if (objective?.kind !== 'attainment') return;
  const { records } = snapshot;
  for (let i = 0; i < records.count; i++) {
    const state = endedInWindow(snapshot, i);
    if (state === 'failed') visit(Number.POSITIVE_INFINITY);
    if (state !== 'ok') continue;
    const bounds = objective.bounds.filter((bound) => applies(bound.metric, records, i));
    if (bounds.length === 0) continue;
    visit(
      Math.max(...bounds.map((b) => (latencyMs(b.metric, records, i) ?? Number.NaN) / b.boundMs)),
    );
  }
}

/** Keeps the steps that a logarithmic share can show; the largest always stays. */
function thinned(steps: readonly Step[], samples: number): TailPoint[] {
  const points: TailPoint[] = [];
  let below = 0;
  let shown = Number.POSITIVE_INFINITY;
  const stride = Math.log(Math.max(2, samples)) / MAX_POINTS;
  steps.forEach(({ latency, count }, i) => {
    below += count;
    const above = Math.max(0, samples - below) / samples;
    // The last has nothing above it: half a request, so that it has a place on the axis.
    const placed = Math.max(above, 0.5 / samples);
    const last = i === steps.length - 1;
    if (!last && shown / placed < Math.exp(stride) && i > 0) return;
    shown = placed;
    points.push({ latency, above });
  });
  return points;
}
