/**
 * The price of an end: how many more ms of load at a place until the certificate accepts it as a bound.
 * Samples taken at l itself add the same to the evidence against "c <= l" under every slope (all lines go
 * through (ln l, bound)), and likewise at u; so what is missing is known, and what a sample adds is the
 * divergence between the value expected there and the bound, over the design effect.
 */
import { evidenceAbove, evidenceBelow, type Sample } from '../certify/certificate.ts';
import { deviationAt } from '../certify/curve.ts';
import type { KnownSample } from '../certify/samples.ts';
import { lowerThreshold, upperThreshold } from '../certify/thresholds.ts';
import type { Side } from './side.ts';

export interface PriceContext {
  readonly confidence: number;
  readonly samples: readonly KnownSample[];
  /** Samples a second that the target completes at ln load x. */
  readonly samplesPerSecondAt: (lnLoad: number) => number;
  /** An end that costs more is not to be had. */
  readonly capMs: number;
  /** The capacity is taken to be known no better than this (ln load); as well as the curve says: absent. */
  readonly leastSd?: number;
}

/** Wanted beyond the threshold, so that the look of the last burst suffices. */
const MARGIN_NATS = 0.3;
/** Residuals of the curve fade over this distance (in ln) beyond the measured loads. */
const RESIDUAL_REACH = 0.1;
/** Two loads this near are one place. */
const SAME_PLACE = 0.02;
/** Nobody expects more than this on the link scale. */
const MAX_DEVIATION = 4;
/** The capacity's posterior at three places: a normal's mean and variance. */
const PLACES: readonly { readonly sds: number; readonly weight: number }[] = [
  { sds: -1.2, weight: 0.35 },
  { sds: 0, weight: 0.3 },
  { sds: 1.2, weight: 0.35 },
];

/** Expected ms until every objective passes at ln load x (lower), or one fails there (upper). */
export function endPriceMs(context: PriceContext, side: Side, x: number): number {
  const prices = context.samples.map((known) => objectivePriceMs(context, known, side, x));
  if (prices.length === 0) return context.capMs;
  return side === 'lower' ? Math.max(...prices) : Math.min(...prices);
}

function objectivePriceMs(
  context: PriceContext,
  { standing, sample, effectAt }: KnownSample,
  side: Side,
  x: number,
): number {
  const { confidence, capMs } = context;
  const missing =
    side === 'lower'
      ? lowerThreshold(confidence) - evidenceAbove(sample, x)
      : upperThreshold(confidence, context.samples.length) - evidenceBelow(sample, x);
  if (missing <= 0) return 0;
  const needed = (missing + MARGIN_NATS) * effectAt(x);
  const rate = Math.max(1e-6, context.samplesPerSecondAt(x));
  const { curve } = standing;
  const sd = Math.max(curve.lnCapacitySd, context.leastSd ?? 0) * unknownShare(sample, x);
  let expected = 0;
  for (const { sds, weight } of PLACES) {
    const deviation = deviationAt(curve, x - sds * sd) + residualAt(sample, standing, x);
    const nats = natsPerSample(sample, side, deviation, x);
    const ms = nats > 0 ? (1_000 * needed) / (nats * rate) : capMs;
    expected += weight * Math.min(capMs, ms);
  }
  return expected;
}

function natsPerSample(
  { family, terms }: Sample,
  side: Side,
  deviation: number,
  x: number,
): number {
  const within = Math.max(-MAX_DEVIATION, Math.min(MAX_DEVIATION, deviation));
  if (side === 'lower' ? within >= 0 : within <= 0) return 0;
  const nearest = nearestTerm(terms, x);
  if (nearest === undefined) return 0;
  return family.divergence(nearest.load, family.unlink(family.target + within), family.bound);
}

function nearestTerm(terms: Sample['terms'], x: number): Sample['terms'][number] | undefined {
  let best: Sample['terms'][number] | undefined;
  for (const term of terms) {
    if (best === undefined || Math.abs(term.load.x - x) < Math.abs(best.load.x - x)) best = term;
  }
  return best;
}

/** Where a load has been measured long, its own samples tell its value, wherever the capacity lies. */
function unknownShare({ family, terms }: Sample, x: number): number {
  const nearest = nearestTerm(terms, x);
  if (nearest === undefined || Math.abs(nearest.load.x - x) > SAME_PLACE) return 1;
  const guess = nearest.effect / family.information(nearest.load);
  return Math.sqrt(guess / (nearest.load.n + guess));
}

/** What the measured loads have beyond the curve, on the link scale: between them linear in ln x. */
function residualAt(sample: Sample, { curve }: KnownSample['standing'], x: number): number {
  const { family, terms } = sample;
  const own = (term: Sample['terms'][number]): number =>
    term.linkAlternative - family.target - deviationAt(curve, term.load.x);
  const after = terms.find((term) => term.load.x >= x);
  const before = terms.findLast((term) => term.load.x <= x);
  if (after !== undefined && before !== undefined) {
    const gap = after.load.x - before.load.x;
    const share = gap > 0 ? (x - before.load.x) / gap : 0;
    return bounded((1 - share) * own(before) + share * own(after));
  }
  const end = before ?? after;
  if (end === undefined) return 0;
  return bounded(own(end) * Math.max(0, 1 - Math.abs(x - end.load.x) / RESIDUAL_REACH));
}

function bounded(residual: number): number {
  return Math.max(-MAX_DEVIATION, Math.min(MAX_DEVIATION, residual));
}
