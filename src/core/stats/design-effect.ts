/**
 * Design effect: how many times the variance of a sum of bad requests exceeds the binomial one,
 * because neighbours share queues and batches (Kish 1965). Measured on blocks of time, never on
 * single requests, against a given expectation per block, so that drift and misfit enlarge it.
 */

export interface ExpectedBlock {
  readonly n: number;
  readonly bad: number;
  /** Expected fraction of bad samples in this block. */
  readonly expected: number;
}

export interface DesignEffectPrior {
  /** Value assumed before any block speaks. */
  readonly value: number;
  /** Weight of that value, in blocks. */
  readonly blocks: number;
}

/** No sample is ever taken for better than this: blocks are few and D is itself uncertain. */
export const DESIGN_EFFECT_FLOOR = 1.5;
/** Widening by (1 + 3 / (f + prior blocks)): the price of an estimated variance, t against z. */
const UNCERTAINTY_WIDENING = 3;
/** Expectations below this share of the allowed ratio would divide by almost nothing. */
const EXPECTATION_FLOOR_SHARE = 1 / 5;

/**
 * D = max(floor, (f d + w D0) / (f + w) (1 + 3 / (f + w))), d = Σ (k - n v)² / Σ n v (1 - v).
 * f = min(blocks, bad / 2) is the weight of the data: blocks without a bad sample say little of how
 * bad samples cluster. `allowed` is p0, the ratio that the objective allows.
 */
export function designEffect(
  blocks: readonly ExpectedBlock[],
  allowed: number,
  prior: DesignEffectPrior,
): number {
  let squares = 0;
  let variance = 0;
  let bad = 0;
  let used = 0;
  for (const block of blocks) {
    if (block.n <= 0) continue;
    const floor = allowed * EXPECTATION_FLOOR_SHARE;
    const expected = Math.min(1 - floor, Math.max(floor, block.expected));
    squares += (block.bad - block.n * block.expected) ** 2;
    variance += block.n * expected * (1 - expected);
    bad += block.bad;
    used += 1;
  }
  const weight = Math.min(used, bad / 2);
  const measured = variance > 0 ? squares / variance : prior.value;
  const total = weight + prior.blocks;
  const mixed = (weight * measured + prior.blocks * prior.value) / total;
  return Math.max(DESIGN_EFFECT_FLOOR, mixed * (1 + UNCERTAINTY_WIDENING / total));
}

/**
 * Design effect of the mean level (`levelOf`) within bursts: between-block variance over what
 * independent samples would give, each burst against its own mean. It needs no bad sample, so it says
 * how requests cluster long before the tail can. Undefined with too few blocks.
 */
export function levelDesignEffect(
  bursts: readonly (readonly {
    readonly n: number;
    readonly sum: number;
    readonly sumOfSquares: number;
  }[])[],
): { readonly value: number; readonly degrees: number } | undefined {
  let between = 0;
  let within = 0;
  let degrees = 0;
  let samples = 0;
  for (const blocks of bursts) {
    const filled = blocks.filter((block) => block.n > 0);
    const n = filled.reduce((total, block) => total + block.n, 0);
    if (filled.length < 2) continue;
    const mean = filled.reduce((total, block) => total + block.sum, 0) / n;
    for (const block of filled) {
      between += (block.sum - block.n * mean) ** 2 / block.n;
      within += block.sumOfSquares - 2 * mean * block.sum + block.n * mean * mean;
    }
    degrees += filled.length - 1;
    samples += n;
  }
  if (degrees < 1 || within <= 0) return undefined;
  return { value: between / degrees / (within / samples), degrees };
}
