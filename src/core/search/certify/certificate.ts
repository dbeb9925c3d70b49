/**
 * The certificate: is "the capacity c is at most l" (or "at least u") refuted by all bursts together?
 *
 * Assumption: the fraction of bad samples v rises with the load, and on the link scale it is convex
 * in ln x up to about four times its bound (order-restricted inference: Barlow et al. 1972; Robertson,
 * Wright and Dykstra 1988). Then if c <= l, some line through (ln l, target) supports the curve from
 * below, and data below every such line refute it; if c >= u, a chord from a pivot to (ln u, target)
 * bounds the curve from above right of the pivot and from below left of it. The evidence is a plug-in
 * log-likelihood ratio, each load's share divided by its design effect, the least over all slopes
 * β >= 0.
 */
import { isotonicFit } from '../../stats/isotonic.ts';
import { type Curve, curveValue, LINK_CAP } from './curve.ts';
import type { EffectAt } from './effects.ts';
import type { Family } from './family.ts';
import type { PooledLoad } from './pool.ts';

/**
 * The alternative is pulled to the fitted curve by this many effective bad samples. With fewer it
 * follows each load's luck, and the luck of many loads adds up (on flat curves lower bounds then lie
 * above the truth more often: `npm run bench:search -- --cells A`). Set on tuning seeds.
 */
const PULL_BAD_SAMPLES = 2.5;

/** Set on tuning seeds of flat curves, where lower bounds rest on many loads. */
const MANY_LOADS_NATS = 0.6;

/** One load, ready for the certificate. */
interface Term {
  readonly load: PooledLoad;
  /** v̄: isotonic, pulled to the curve. */
  readonly alternative: number;
  readonly linkAlternative: number;
  /** Design effect at this load. */
  readonly effect: number;
}

export interface Sample {
  readonly family: Family;
  readonly terms: readonly Term[];
}

/** 0.3 to 40 in steps of 15 %, and the walls: without the steep ones steep cells certified wrongly. */
const SLOPES: readonly number[] = [
  0,
  ...Array.from({ length: 36 }, (_, i) => 0.3 * 1.15 ** i),
  70,
  150,
  500,
  3_000,
];

export function sampleOf(
  family: Family,
  loads: readonly PooledLoad[],
  curve: Curve,
  effectAt: EffectAt,
): Sample {
  const effects = loads.map((load) => effectAt(load.x));
  const pull = loads.map(
    (load, i) => (PULL_BAD_SAMPLES * (effects[i] ?? 1)) / family.information(load),
  );
  const mixed = loads.map((load, i) => {
    const m = pull[i] ?? 0;
    // Far over the bound the curve is no guide: a certain failure there would refute itself.
    const fitted = Math.min(
      family.unlink(family.target + LINK_CAP),
      curveValue(family, curve, load.x),
    );
    return (load.n * load.value + m * fitted) / (load.n + m);
  });
  const fit = isotonicFit(
    mixed,
    loads.map((load, i) => load.n + (pull[i] ?? 0)),
  );
  const terms = loads.map((load, i) => {
    const alternative = fit[i] ?? 0;
    return {
      load,
      alternative,
      linkAlternative: family.link(alternative),
      effect: effects[i] ?? 1,
    };
  });
  return { family, terms };
}

/**
 * Λ_lo(l): nats against "c <= l". Falls as l rises.
 *
 * The alternative is fitted to the same samples, so every load adds its own luck: the sum pays
 * MANY_LOADS_NATS · ln(k), k = (Σ g)² / Σ g² being how many loads it really rests on.
 */
export function evidenceAbove(sample: Sample, lnL: number): number {
  const { family, terms } = sample;
  let least = Number.POSITIVE_INFINITY;
  for (const slope of SLOPES) {
    let total = 0;
    let squares = 0;
    for (const term of terms) {
      const y = family.target + Math.min(slope * (term.load.x - lnL), LINK_CAP);
      if (term.linkAlternative >= y) continue;
      const gain = family.gain(term.load, term.alternative, family.unlink(y)) / term.effect;
      total += gain;
      squares += gain * gain;
    }
    if (total <= 0) return 0;
    // Gains of both signs can make k less than 1, which must not become a bonus.
    const paid = total - MANY_LOADS_NATS * Math.max(0, Math.log((total * total) / squares));
    if (paid < least) least = paid;
    if (least <= 0) return 0;
  }
  return least;
}

/** Λ_hi(u): nats against "c >= u": the most over pivots of the least over slopes. */
export function evidenceBelow(sample: Sample, lnU: number): number {
  const { terms } = sample;
  let most = 0;
  let right = 0;
  let worst = -1;
  for (const [i, term] of terms.entries()) {
    if (term.load.x > lnU) break;
    right = i + 1;
    const known = terms[worst]?.load.worstExcess ?? 0;
    if (term.load.worstExcess > known) worst = i;
  }
  for (let pivot = 0; pivot < right; pivot++) {
    const least = leastOverSlopes(sample, lnU, pivot, right, worst, most);
    if (least > most) most = least;
  }
  return most;
}

/** Stops as soon as a slope falls to `enough`: a pivot that cannot beat the best is not finished. */
function leastOverSlopes(
  sample: Sample,
  lnU: number,
  pivot: number,
  right: number,
  worst: number,
  enough: number,
): number {
  const { family, terms } = sample;
  let least = Number.POSITIVE_INFINITY;
  for (const slope of SLOPES) {
    let total = 0;
    for (let i = 0; i < right; i++) {
      const term = terms[i];
      if (term === undefined) continue;
      const y = family.target + slope * (term.load.x - lnU);
      const below = term.linkAlternative < y;
      if (i < pivot ? !below : below) continue;
      const point = i === worst && i >= pivot ? term.load.trimmed : term.load;
      total += family.gain(point, term.alternative, family.unlink(y)) / term.effect;
    }
    if (total < least) least = total;
    if (least <= enough) return least;
  }
  return least;
}
