/**
 * Draws the length of a prompt or an answer from its law. Rounded to whole tokens and at least one:
 * a request without a token cannot be sent or measured.
 */

import type { Random } from '../base/random.ts';
import { assert, unreachable } from '../base/result.ts';
import { normalCdf, normalQuantile } from '../stats/normal.ts';
import type { HistogramBin, LengthSpec } from './spec.ts';

export function drawLength(spec: LengthSpec, random: Random): number {
  switch (spec.kind) {
    case 'fixed':
      return atLeastOne(spec.tokens);
    case 'uniform':
      return atLeastOne(uniformAt(spec.min, spec.max, random.next()));
    case 'normal':
    case 'lognormal':
    case 'percentiles':
      return lengthAtScore(spec, random.normal());
    case 'histogram':
      return histogramAt(spec.bins, random.next());
    default:
      return unreachable(spec);
  }
}

/** The length whose rank in the law is that of `z` in the standard normal. */
export function lengthAtScore(spec: LengthSpec, z: number): number {
  switch (spec.kind) {
    case 'fixed':
      return atLeastOne(spec.tokens);
    case 'uniform':
      return atLeastOne(uniformAt(spec.min, spec.max, belowOne(normalCdf(z))));
    case 'normal':
      return clipped(spec.mean + spec.stdev * z, spec.min, spec.max);
    case 'lognormal':
      return clipped(Math.exp(spec.lnMean + spec.lnSigma * z), spec.min, spec.max);
    case 'percentiles':
      return clipped(Math.exp(lnAtScore(spec.points, z)), spec.min, spec.max);
    case 'histogram':
      return histogramAt(spec.bins, belowOne(normalCdf(z)));
    default:
      return unreachable(spec);
  }
}

function uniformAt(min: number, max: number, u: number): number {
  return min + Math.floor(u * (max - min + 1));
}

function histogramAt(bins: readonly HistogramBin[], u: number): number {
  const total = bins.reduce((sum, bin) => sum + bin.weight, 0);
  let left = u * total;
  for (const { min, max, weight } of bins) {
    if (left < weight) return atLeastOne(uniformAt(min, max, left / weight));
    left -= weight;
  }
  const last = bins.at(-1);
  assert(last !== undefined, 'a histogram without a bin');
  return atLeastOne(last.max);
}

/** Piecewise straight in the normal score: between neighbours, and on beyond the outer ones. */
function lnAtScore(
  points: Extract<LengthSpec, { kind: 'percentiles' }>['points'],
  z: number,
): number {
  assert(points.length >= 2, 'percentiles need two points');
  let k = 1;
  while (k < points.length - 1 && z > normalQuantile(points[k]?.q ?? 1)) k += 1;
  const [low, high] = [points[k - 1], points[k]];
  assert(low !== undefined && high !== undefined, 'percentiles in order');
  const lowZ = normalQuantile(low.q);
  const slope = (Math.log(high.tokens) - Math.log(low.tokens)) / (normalQuantile(high.q) - lowZ);
  return Math.log(low.tokens) + slope * (z - lowZ);
}

/** Rounding may give 1 where the law is open. */
function belowOne(u: number): number {
  return Math.min(u, 1 - Number.EPSILON);
}

function clipped(tokens: number, min: number, max: number): number {
  return atLeastOne(Math.min(max, Math.max(min, Math.round(tokens))));
}

function atLeastOne(tokens: number): number {
  return Math.max(1, Math.round(tokens));
}
