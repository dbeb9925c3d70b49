/**
 * The verdict of one probe, for people and for plots: each objective at the search's confidence, from
 * this probe alone. A verdict needs the whole interval on one side of the bound; anything less is
 * inconclusive and says why. Brackets are not made from these: the search pools all probes.
 */
import { unreachable } from '../base/result.ts';
import type { BurstSnapshot } from '../metrics/burst-snapshot.ts';
import { decodeDesignEffect, TTFT_DESIGN_EFFECT } from '../metrics/burst-summary.ts';
import { goodBlocks } from '../metrics/good-requests.ts';
import { cutBlocks } from '../metrics/time-blocks.ts';
import type { Evidence } from '../stats/evidence.ts';
import type { Interval } from '../stats/quantile.ts';
import { meanOfBlocks, rateOfBlocks, ratioOfBlocks } from './block-intervals.ts';
import { createPartViews } from './evidence/evidence-of.ts';
import { attainmentEvidence } from './evidence/ratio-evidence.ts';
import { isArrivalMetric } from './evidence/samples.ts';
import { goodBoundsOf } from './good-bounds.ts';
import { measuredQuantile } from './measured-quantile.ts';
import type { Objective, SloTier } from './objective.ts';
import { joined, type ObjectiveVerdict, type TierVerdict, type Verdict } from './verdict.ts';

export interface JudgeContext {
  readonly snapshot: BurstSnapshot;
  readonly confidence: number;
  readonly blockMs: number;
  readonly meanInFlight: number;
  /** Set when the client could not be trusted: then nothing is judged. */
  readonly voided?: string;
}

/** `evidence` is the tier's, in the order of its objectives. */
export function judgeTier(
  tier: SloTier,
  evidence: readonly Evidence[],
  context: JudgeContext,
): TierVerdict {
  const viewOf = createPartViews(context.snapshot);
  const objectives = tier.objectives.map((objective, i) => {
    const own = evidence[i] ?? { kind: 'missing', reason: 'no evidence' };
    return judgeObjective(objective, own, { ...context, snapshot: viewOf(objective) });
  });
  return {
    tier: tier.name,
    verdict: joined(objectives.map((objective) => objective.verdict)),
    objectives,
    goodputRps: goodputOf(tier, context),
    attainmentRatio: attainmentOf(tier, context),
  };
}

export function judgeObjective(
  objective: Objective,
  evidence: Evidence,
  context: JudgeContext,
): ObjectiveVerdict {
  const { id, text } = objective;
  const head = { id, text, ...boundOf(objective) };
  const judged = judgeEvidence(objective, evidence, context);
  if (context.voided === undefined) return { ...head, ...judged };
  const { reason: _, ...rest } = judged;
  return { ...head, ...rest, verdict: 'inconclusive', reason: `probe void: ${context.voided}` };
}

function boundOf(objective: Objective): Pick<ObjectiveVerdict, 'bound' | 'unit'> {
  switch (objective.kind) {
    case 'quantile':
    case 'mean':
      return { bound: objective.boundMs, unit: 'ms' };
    case 'attainment':
    case 'error_rate':
      return { bound: objective.ratio, unit: 'ratio' };
    case 'goodput':
      return { bound: objective.boundRps, unit: 'req/s' };
    default:
      return unreachable(objective);
  }
}

type Judged = Pick<ObjectiveVerdict, 'verdict' | 'n' | 'bad' | 'measured' | 'reason'>;

function judgeEvidence(objective: Objective, evidence: Evidence, context: JudgeContext): Judged {
  const assumed = assumedEffect(objective, context);
  switch (evidence.kind) {
    case 'missing':
      return { verdict: 'inconclusive', reason: evidence.reason };
    case 'ratio':
      return judgeRatio(objective, evidence, assumed, context);
    case 'mean': {
      const measured = meanOfBlocks(evidence.blocks, assumed, context.confidence);
      return judgeInterval(measured, objective, 'below');
    }
    case 'floor': {
      const measured = rateOfBlocks(evidence.blocks, assumed, context.confidence);
      return judgeInterval(measured, objective, 'above');
    }
    default:
      return unreachable(evidence);
  }
}

function judgeRatio(
  objective: Objective,
  evidence: Extract<Evidence, { kind: 'ratio' }>,
  assumed: number,
  context: JudgeContext,
): Judged {
  const { confidence, snapshot } = context;
  const allowed = allowedRatio(objective);
  const count = ratioOfBlocks(evidence.blocks, allowed, assumed, evidence.weight, confidence);
  if (count === undefined) return { verdict: 'inconclusive', reason: NOTHING_COUNTED };
  const { n, bad, interval } = count;
  const measured =
    objective.kind === 'quantile'
      ? measuredQuantile(objective, snapshot, confidence, count.designEffect)
      : objective.kind === 'attainment'
        ? { value: 1 - interval.value, low: 1 - interval.high, high: 1 - interval.low }
        : interval;
  const counted = { n, bad, ...(measured === undefined ? {} : { measured }) };
  // `p99 < T` asks for less than 1 % of misses: the bound itself is a fail.
  if (interval.high < allowed) return { verdict: 'pass', ...counted };
  if (interval.low >= allowed) return { verdict: 'fail', ...counted };
  const range = `${percent(interval.low)} to ${percent(interval.high)}`;
  const reason = `${bad} of ${n} miss: ${range} at this confidence, ${percent(allowed)} are allowed`;
  return { verdict: 'inconclusive', ...counted, reason };
}

const NOTHING_COUNTED = 'nothing could be counted yet';

function judgeInterval(
  measured: Interval | undefined,
  objective: Objective,
  side: 'below' | 'above',
): Judged {
  if (measured === undefined) return { verdict: 'inconclusive', reason: NOTHING_COUNTED };
  const { bound } = boundOf(objective);
  const { low, high } = measured;
  const verdict = sideOf(low, high, bound, side);
  if (verdict !== 'inconclusive') return { verdict, measured };
  return { verdict, measured, reason: 'the interval holds the bound' };
}

function sideOf(
  low: number | undefined,
  high: number | undefined,
  bound: number,
  side: 'below' | 'above',
): Verdict {
  if (high !== undefined && high < bound) return side === 'below' ? 'pass' : 'fail';
  if (low !== undefined && low >= bound) return side === 'below' ? 'fail' : 'pass';
  return 'inconclusive';
}

function allowedRatio(objective: Objective): number {
  if (objective.kind === 'quantile') return 1 - objective.q;
  if (objective.kind === 'attainment') return 1 - objective.ratio;
  return objective.kind === 'error_rate' ? objective.ratio : 0;
}

function assumedEffect(objective: Objective, context: JudgeContext): number {
  const isArrival = objective.kind === 'quantile' && isArrivalMetric(objective.metric);
  return isArrival ? TTFT_DESIGN_EFFECT : decodeDesignEffect(context.meanInFlight);
}

function goodputOf(tier: SloTier, context: JudgeContext): Interval | undefined {
  const { snapshot, blockMs, confidence, meanInFlight } = context;
  const blocks = cutBlocks(snapshot.windowStartMs, snapshot.nowMs, blockMs);
  const good = goodBlocks(snapshot, goodBoundsOf(tier), blocks);
  return rateOfBlocks(good, decodeDesignEffect(meanInFlight), confidence);
}

/** A tenth more or less of missing measurements decides nothing here: one miss in a hundred may lack. */
const SHOWN_ATTAINMENT = 0.99;

/** Good requests by all latency bounds of the tier, of those that ended in the window. */
function attainmentOf(tier: SloTier, context: JudgeContext): Interval | undefined {
  const { snapshot, blockMs, confidence, meanInFlight } = context;
  const blocks = cutBlocks(snapshot.windowStartMs, snapshot.nowMs, blockMs);
  const evidence = attainmentEvidence(goodBoundsOf(tier), SHOWN_ATTAINMENT, snapshot, blocks);
  if (evidence.kind !== 'ratio') return undefined;
  const assumed = decodeDesignEffect(meanInFlight);
  const allowed = 1 - SHOWN_ATTAINMENT;
  const count = ratioOfBlocks(evidence.blocks, allowed, assumed, evidence.weight, confidence);
  if (count === undefined) return undefined;
  const { value, low, high } = count.interval;
  return { value: 1 - value, low: 1 - high, high: 1 - low };
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(3))} %`;
}
