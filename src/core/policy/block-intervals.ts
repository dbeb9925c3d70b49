/**
 * Intervals of ratios, means and rates from blocks of time. Requests of one block share queues and
 * batches, so spread is taken between blocks where there are enough, and a cautious design effect is
 * assumed where there are not.
 */
import { type DesignEffectPrior, designEffect } from '../stats/design-effect.ts';
import type { FloorBlock, MeanBlock, RatioBlock } from '../stats/evidence.ts';
import { type Interval, ratioInterval, studentT } from '../stats/quantile.ts';

/** Blocks' worth of the assumed design effect (search-algorithm, 4). */
const PRIOR_BLOCKS = 10;
/** Below this the spread between blocks is itself unknown. */
const MIN_BATCHES = 5;

export interface RatioCount {
  readonly n: number;
  readonly bad: number;
  readonly designEffect: number;
  /** Interval of bad / n. */
  readonly interval: Required<Interval>;
}

/**
 * Undefined without a sample. `allowed` is the ratio that the objective allows, `assumed` the design
 * effect before any block speaks, `weight` what a too short sample is worth.
 */
export function ratioOfBlocks(
  blocks: readonly RatioBlock[],
  allowed: number,
  assumed: number,
  weight: number,
  confidence: number,
): RatioCount | undefined {
  let n = 0;
  let bad = 0;
  for (const block of blocks) {
    n += block.n;
    bad += block.bad;
  }
  if (n === 0 || weight <= 0) return undefined;
  const prior: DesignEffectPrior = { value: assumed, blocks: PRIOR_BLOCKS };
  const expected = bad / n;
  const effect = designEffect(
    blocks.map((block) => ({ n: block.n, bad: block.bad, expected })),
    allowed,
    prior,
  );
  const interval = ratioInterval(bad, n, confidence, effect / weight);
  return { n, bad, designEffect: effect / weight, interval };
}

/** Mean per sample. Undefined without a sample; without ends from a single one. */
export function meanOfBlocks(
  blocks: readonly MeanBlock[],
  assumed: number,
  confidence: number,
): Interval | undefined {
  let n = 0;
  let sum = 0;
  let squares = 0;
  for (const block of blocks) {
    n += block.n;
    sum += block.sum;
    squares += block.sumOfSquares;
  }
  if (n === 0) return undefined;
  const mean = sum / n;
  if (blocks.length >= MIN_BATCHES) {
    const weighed = blocks.map((block) => ({ size: block.n, sum: block.sum }));
    return batchInterval(weighed, confidence);
  }
  if (n < 2) return { value: mean };
  const variance = Math.max(0, (squares - n * mean * mean) / (n - 1));
  const error = Math.sqrt((variance * assumed) / n);
  // The sample is worth n / assumed independent ones.
  return around(mean, error, Math.max(1, n / assumed - 1), confidence);
}

/** Rate per second. Undefined for an empty window. */
export function rateOfBlocks(
  blocks: readonly FloorBlock[],
  assumed: number,
  confidence: number,
): Interval | undefined {
  let seconds = 0;
  let good = 0;
  for (const block of blocks) {
    seconds += block.seconds;
    good += block.good;
  }
  if (seconds <= 0) return undefined;
  const interval =
    blocks.length >= MIN_BATCHES
      ? batchInterval(
          blocks.map((block) => ({ size: block.seconds, sum: block.good })),
          confidence,
        )
      : // A count has about its own variance (Poisson); one more, so that none at all is no certainty.
        around(good / seconds, Math.sqrt((good + 1) * assumed) / seconds, MIN_BATCHES, confidence);
  return { ...interval, low: Math.max(0, interval.low) };
}

interface Batch {
  /** Samples or seconds. */
  readonly size: number;
  readonly sum: number;
}

/** Ratio of sums over batches, variance from the residuals (Cochran, Sampling Techniques, 6.4). */
function batchInterval(batches: readonly Batch[], confidence: number): Required<Interval> {
  let size = 0;
  let sum = 0;
  for (const batch of batches) {
    size += batch.size;
    sum += batch.sum;
  }
  const value = sum / size;
  let residuals = 0;
  for (const batch of batches) residuals += (batch.sum - value * batch.size) ** 2;
  const count = batches.length;
  const error = Math.sqrt((residuals * count) / (count - 1)) / size;
  return around(value, error, count - 1, confidence);
}

function around(
  value: number,
  error: number,
  degrees: number,
  confidence: number,
): Required<Interval> {
  const reach = error === 0 ? 0 : studentT(confidence, degrees) * error;
  return { value, low: value - reach, high: value + reach };
}
