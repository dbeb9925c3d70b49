/**
 * The curve for placing probes: link(v) = target + β (ln x - ln c), fitted near the capacity. It
 * chooses where to look next and smooths the certificate's alternative; it never certifies anything,
 * because a fitted slope is wrong as soon as the server has a wall (measured: 8 of 12 runs).
 */
import { isotonicFit } from '../stats/isotonic.ts';
import type { Family, LoadPoint } from './family.ts';

/** The fitted curve of one objective. Plain data: it is part of the search's state. */
export interface Curve {
  /** ln of the estimated capacity. */
  readonly lnCapacity: number;
  /** Posterior standard deviation of it. */
  readonly lnCapacitySd: number;
  readonly slope: number;
}

/** Prior of the slope: ln β ~ N(ln 4, 1.1²) covers 0.8 (flat) to 22 (steep) at two deviations. */
const SLOPE_PRIOR_LN_MEAN = Math.log(4);
const SLOPE_PRIOR_LN_SD = 1.1;
const SLOPE_GRID = 15;
const SLOPE_GRID_SDS = 2.4;
const CAPACITY_GRID = 72;
/** Counts speak with this much less weight than independent ones: they cluster. */
const COUNT_DISCOUNT = 2.5;
/** Loads further than this (in ln) from c say little about the curve at c. */
const KERNEL_WIDTH = 0.25;
/** Deviations beyond this on the link scale count as "at least": a wall must not set the slope. */
export const LINK_CAP = 1.4;
/** The capacity lies above a passing load less this, and below a failing one plus that. */
const PASS_MARGIN = 0.1;
const FAIL_MARGIN = 0.05;
/** Nats (after the discount) that make a passing or failing load a clamp. */
const CLAMP_NATS = 0.5;
/** How far beyond the measured loads the capacity may be placed when nothing bounds it. */
const OPEN_MARGIN = 0.7;

interface Term {
  readonly x: number;
  readonly scale: number;
  readonly value: number;
  readonly point: LoadPoint;
}

/** Fits the curve to the points (by rising load); `range` are the ln loads that may be answered. */
export function fitCurve(
  family: Family,
  points: readonly LoadPoint[],
  range: { readonly lnMin: number; readonly lnMax: number },
): Curve {
  const { low, high } = clampCapacity(family, points, range);
  const terms = points.map((point) => toTerm(family, point));
  const slopes = Array.from({ length: SLOPE_GRID }, (_, i) =>
    Math.exp(
      SLOPE_PRIOR_LN_MEAN + SLOPE_PRIOR_LN_SD * SLOPE_GRID_SDS * ((2 * i) / (SLOPE_GRID - 1) - 1),
    ),
  );
  const step = (high - low) / (CAPACITY_GRID - 1);
  const cells: { lnC: number; slope: number; logWeight: number }[] = [];
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < CAPACITY_GRID; i++) {
    const lnC = low + step * i;
    const kernels = terms.map((term) => term.scale / (1 + ((term.x - lnC) / KERNEL_WIDTH) ** 4));
    for (const slope of slopes) {
      const z = (Math.log(slope) - SLOPE_PRIOR_LN_MEAN) / SLOPE_PRIOR_LN_SD;
      const logWeight = -(z * z) / 2 - loss(family, terms, kernels, lnC, slope);
      if (logWeight > best) best = logWeight;
      cells.push({ lnC, slope, logWeight });
    }
  }
  let mass = 0;
  let mean = 0;
  let square = 0;
  let lnSlope = 0;
  for (const cell of cells) {
    const weight = Math.exp(cell.logWeight - best);
    mass += weight;
    mean += weight * cell.lnC;
    square += weight * cell.lnC * cell.lnC;
    lnSlope += weight * Math.log(cell.slope);
  }
  const lnCapacity = mean / mass;
  return {
    lnCapacity,
    lnCapacitySd: Math.sqrt(Math.max(step * step, square / mass - lnCapacity * lnCapacity)),
    slope: Math.exp(lnSlope / mass),
  };
}

/** The curve's value (a ratio, or a mean in ms) at ln load x; capped like the fit on both sides. */
export function curveValue(family: Family, curve: Curve, x: number): number {
  const deviation = curve.slope * (x - curve.lnCapacity);
  return family.unlink(family.target + deviation);
}

function toTerm(family: Family, point: LoadPoint): Term {
  const deviation = family.link(point.value) - family.target;
  const value = family.unlink(family.target + Math.max(-LINK_CAP, Math.min(LINK_CAP, deviation)));
  return { x: point.x, scale: point.n / COUNT_DISCOUNT, value, point };
}

function loss(
  family: Family,
  terms: readonly Term[],
  kernels: readonly number[],
  lnC: number,
  slope: number,
): number {
  let total = 0;
  for (let i = 0; i < terms.length; i++) {
    const term = terms[i];
    if (term === undefined) continue;
    const deviation = Math.max(-LINK_CAP, Math.min(LINK_CAP, slope * (term.x - lnC)));
    const q = family.unlink(family.target + deviation);
    total += (kernels[i] ?? 0) * family.divergence(term.point, term.value, q);
  }
  return total;
}

/** Where c may lie: above the last load that clearly passes, below the first that clearly fails. */
function clampCapacity(
  family: Family,
  points: readonly LoadPoint[],
  range: { readonly lnMin: number; readonly lnMax: number },
): { low: number; high: number } {
  const fit = isotonicFit(
    points.map((point) => point.value),
    points.map((point) => point.n),
  );
  let low = range.lnMin - OPEN_MARGIN;
  let high = range.lnMax + OPEN_MARGIN;
  points.forEach((point, i) => {
    const value = fit[i] ?? 0;
    const nats = (point.n / COUNT_DISCOUNT) * family.divergence(point, value, family.bound);
    if (nats < CLAMP_NATS) return;
    if (value < family.bound) low = Math.max(low, point.x - PASS_MARGIN);
    else high = Math.min(high, point.x + FAIL_MARGIN);
  });
  const lastX = points[points.length - 1]?.x;
  const firstX = points[0]?.x;
  if (lastX !== undefined) high = Math.min(high, Math.max(lastX, low) + OPEN_MARGIN);
  if (firstX !== undefined) low = Math.max(low, Math.min(firstX, high) - OPEN_MARGIN);
  return low < high ? { low, high } : { low: high - PASS_MARGIN, high: high + FAIL_MARGIN };
}
