/**
 * The bounds that the certificate gives: the largest load up to which "the capacity is at most this" is
 * refuted, the smallest from which "at least this" is.
 */

import type { SearchSpec } from '../spec.ts';
import { evidenceAbove, evidenceBelow, type Sample } from './certificate.ts';

/** Step (in ln) of the scan for the upper bound, before it is bisected. */
const UPPER_SCAN_STEP = 0.1;
const SCAN_LIMIT = 200;

/** Largest l in the range with "c <= l" refuted; Λ_lo falls with l, so it is found by bisection. */
export function findLower(
  spec: SearchSpec,
  sample: Sample,
  threshold: number,
  lnLoad: (units: number) => number,
): number | undefined {
  const refuted = (units: number): boolean => evidenceAbove(sample, lnLoad(units)) >= threshold;
  const top = sample.terms[sample.terms.length - 1]?.load.units ?? 0;
  let low = spec.minUnits;
  let high = Math.min(spec.maxUnits, top);
  if (high < low || !refuted(low)) return undefined;
  if (refuted(high)) return high;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (refuted(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Smallest u such that "c >= u" is refuted there and everywhere above: scanned from outside in. */
export function findUpper(
  spec: SearchSpec,
  sample: Sample,
  threshold: number,
  lnLoad: (units: number) => number,
): number | undefined {
  const scanned = scanUpper(spec, sample, threshold, lnLoad);
  const failing = failsByItself(sample, threshold);
  if (scanned === undefined || failing === undefined) return scanned ?? failing;
  return Math.min(scanned, failing);
}

/**
 * The smallest load that its own samples show to fail (without the worst block): it needs no curve, and
 * loads above that seem to pass do not speak against it.
 */
function failsByItself({ family, terms }: Sample, threshold: number): number | undefined {
  const failing = terms.find(({ load, effect }) => {
    const { trimmed } = load;
    if (trimmed.value <= family.bound) return false;
    return family.gain(trimmed, trimmed.value, family.bound) / effect >= threshold;
  });
  return failing?.load.units;
}

function scanUpper(
  spec: SearchSpec,
  sample: Sample,
  threshold: number,
  lnLoad: (units: number) => number,
): number | undefined {
  const refuted = (units: number): boolean => evidenceBelow(sample, lnLoad(units)) >= threshold;
  const top = sample.terms[sample.terms.length - 1]?.load.units ?? 0;
  let good = Math.min(spec.maxUnits, Math.max(top, spec.minUnits));
  if (!refuted(good)) {
    if (good >= spec.maxUnits || !refuted(spec.maxUnits)) return undefined;
    return bisectUpper(good, spec.maxUnits, refuted);
  }
  for (let i = 0; i < SCAN_LIMIT && good > spec.minUnits; i++) {
    const next = Math.max(spec.minUnits, Math.floor(good * Math.exp(-UPPER_SCAN_STEP)));
    if (!refuted(next)) return bisectUpper(next, good, refuted);
    good = next;
  }
  return good;
}

/** Between a load not refuted and one refuted. */
function bisectUpper(from: number, to: number, refuted: (units: number) => boolean): number {
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (refuted(middle)) high = middle;
    else low = middle;
  }
  return high;
}
