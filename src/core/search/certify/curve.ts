/**
 * The curve for placing probes: link(v) = target + β (e^(κ u) - 1) / κ with u = ln x - ln c, convex
 * in u like the certificate's assumption. It chooses where to look next and smooths the certificate's
 * alternative; it never certifies anything, because a fitted slope is wrong as soon as the server
 * has a wall.
 */
import type { Family, LoadPoint } from './family.ts';

/** The fitted curve of one objective. Plain data: it is part of the search's state. */
export interface Curve {
  /** ln of the estimated capacity. */
  readonly lnCapacity: number;
  /** Posterior standard deviation of it. */
  readonly lnCapacitySd: number;
  /** β: slope of the link at the capacity. */
  readonly slope: number;
  /** κ: how fast the slope itself grows with ln(load); 0 is a line. */
  readonly bend: number;
}

/** Prior of ln c, from exploring: where good and bad loads seem to meet. */
export interface Anchor {
  readonly ln: number;
  readonly sd: number;
}

/** Prior of the slope: ln β ~ N(ln 4, 1.1²) covers 0.8 (flat) to 22 (steep) at two deviations. */
const SLOPE_PRIOR_LN_MEAN = Math.log(4);
const SLOPE_PRIOR_LN_SD = 1.1;
const SLOPE_GRID = 13;
const SLOPE_GRID_SDS = 2.4;
/** Two passes: over all places, then within so many deviations of what the first found. */
const CAPACITY_GRID = 40;
const FINE_SDS = 3;
/** Bends that are tried, each as likely before the data: a line, a curve, nearly a wall. */
const BENDS: readonly number[] = [0, 2.5, 7];
/** Counts speak with this much less weight than independent ones: they cluster. */
const COUNT_DISCOUNT = 2.5;
/** Deviations beyond this on the link scale count as "at least": a wall must not set the slope. */
export const LINK_CAP = 1.4;
/** Values are never computed further out than this on the link scale (e^12 : 1). */
const MAX_LINK = 12;
/** How far beyond the measured loads the capacity may be placed when nothing bounds it. */
const OPEN_MARGIN = 0.7;
const REACH_BEYOND = 0.7;

interface Term {
  readonly x: number;
  /** Samples after the discount. */
  readonly weight: number;
  readonly point: LoadPoint;
  /** Where the curve explains the point fully: its own deviation, or the cap that it lies beyond. */
  readonly least: number;
  readonly most: number;
}

/** Fits the curve to the points (by rising load); `range` are the ln loads that may be answered. */
export function fitCurve(
  family: Family,
  points: readonly LoadPoint[],
  range: { readonly lnMin: number; readonly lnMax: number },
  anchor: Anchor,
): Curve {
  const terms = points.map((point) => toTerm(family, point));
  const coarse = fitOn(family, terms, placesOf(points, range), anchor);
  const reach = FINE_SDS * coarse.lnCapacitySd;
  const near = { low: coarse.lnCapacity - reach, high: coarse.lnCapacity + reach };
  return fitOn(family, terms, near, anchor);
}

function fitOn(
  family: Family,
  terms: readonly Term[],
  places: { readonly low: number; readonly high: number },
  anchor: Anchor,
): Curve {
  const step = (places.high - places.low) / (CAPACITY_GRID - 1);
  const cells: { curve: Omit<Curve, 'lnCapacitySd'>; logWeight: number }[] = [];
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < CAPACITY_GRID; i++) {
    const lnCapacity = places.low + step * i;
    const y = (lnCapacity - anchor.ln) / anchor.sd;
    for (const { slope, prior } of SLOPES) {
      for (const bend of BENDS) {
        const curve = { lnCapacity, slope, bend };
        const logWeight = prior - (y * y) / 2 - loss(family, terms, curve);
        if (logWeight > best) best = logWeight;
        cells.push({ curve, logWeight });
      }
    }
  }
  return average(cells, best, step);
}

const SLOPES: readonly { readonly slope: number; readonly prior: number }[] = Array.from(
  { length: SLOPE_GRID },
  (_, i) => {
    const z = SLOPE_GRID_SDS * ((2 * i) / (SLOPE_GRID - 1) - 1);
    return { slope: Math.exp(SLOPE_PRIOR_LN_MEAN + SLOPE_PRIOR_LN_SD * z), prior: -(z * z) / 2 };
  },
);

/** Posterior means, and the standard deviation of ln c (at least one step of the grid). */
function average(
  cells: readonly { curve: Omit<Curve, 'lnCapacitySd'>; logWeight: number }[],
  best: number,
  step: number,
): Curve {
  let mass = 0;
  let mean = 0;
  let square = 0;
  let lnSlope = 0;
  let bend = 0;
  for (const { curve, logWeight } of cells) {
    const weight = Math.exp(logWeight - best);
    mass += weight;
    mean += weight * curve.lnCapacity;
    square += weight * curve.lnCapacity * curve.lnCapacity;
    lnSlope += weight * Math.log(curve.slope);
    bend += weight * curve.bend;
  }
  const lnCapacity = mean / mass;
  const variance = Math.max(step * step, square / mass - lnCapacity * lnCapacity);
  return {
    lnCapacity,
    lnCapacitySd: Math.sqrt(variance),
    slope: Math.exp(lnSlope / mass),
    bend: bend / mass,
  };
}

/** The curve's value (a ratio, or a mean in ms) at ln load x. */
export function curveValue(family: Family, curve: Curve, x: number): number {
  return family.unlink(family.target + Math.min(MAX_LINK, deviationAt(curve, x)));
}

/** So steep that the curve through a value at x has its capacity at x. */
const OWN_MEAN_SLOPE = 1_000;

/** A curve through the load's own mean, for those who look at one load only (the gate). */
export function curveThrough(family: Family, point: LoadPoint): Curve {
  const deviation = family.link(point.value) - family.target;
  return {
    lnCapacity: point.x - deviation / OWN_MEAN_SLOPE,
    lnCapacitySd: 0,
    slope: OWN_MEAN_SLOPE,
    bend: 0,
  };
}

/** Link of the curve at x, less the target. */
export function deviationAt(curve: Omit<Curve, 'lnCapacitySd'>, x: number): number {
  const u = x - curve.lnCapacity;
  return curve.slope * (curve.bend === 0 ? u : Math.expm1(curve.bend * u) / curve.bend);
}

function toTerm(family: Family, point: LoadPoint): Term {
  const own = family.link(point.value) - family.target;
  return {
    x: point.x,
    weight: point.n / COUNT_DISCOUNT,
    point,
    least: Math.min(own, LINK_CAP),
    most: Math.max(own, -LINK_CAP),
  };
}

/** Nats lost to the best that a curve could say of the points. A point beyond a cap is "at least". */
function loss(family: Family, terms: readonly Term[], curve: Omit<Curve, 'lnCapacitySd'>): number {
  let total = 0;
  for (const { x, weight, point, least, most } of terms) {
    const deviation = capped(deviationAt(curve, x));
    if (deviation >= least && deviation <= most) continue;
    const best = deviation < least ? least : most;
    const at = (y: number): number =>
      family.divergence(point, point.value, family.unlink(family.target + y));
    total += weight * (at(deviation) - at(best));
  }
  return total;
}

function capped(deviation: number): number {
  return Math.max(-LINK_CAP, Math.min(LINK_CAP, deviation));
}

/** Where c is looked for: the range and a margin, but not far beyond the loads measured so far. */
function placesOf(
  points: readonly LoadPoint[],
  range: { readonly lnMin: number; readonly lnMax: number },
): { low: number; high: number } {
  const first = points[0]?.x ?? range.lnMin;
  const last = points[points.length - 1]?.x ?? range.lnMax;
  return {
    low: Math.max(range.lnMin, first - REACH_BEYOND) - OPEN_MARGIN,
    high: Math.min(range.lnMax, last + REACH_BEYOND) + OPEN_MARGIN,
  };
}
