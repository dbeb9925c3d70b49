/**
 * Where a first lower bound is to be had in what is left of the time: what a pipeline ships comes first. It
 * is looked for by its price, not by its distance: near the capacity it is never certified, far below it
 * says little, and a load once begun is left only for one that is clearly cheaper.
 */
import { endPriceMs, type PriceContext } from './price.ts';

export interface FirstLowerContext extends Omit<PriceContext, 'leastSd' | 'capMs'> {
  readonly remainingMs: number;
  readonly lnEstimate: number;
  /** ln of the load last tried for it. */
  readonly lnLastTry?: number;
}

export interface FirstLower {
  /** In ln load below the estimate. */
  readonly distance: number;
  /** Expected ms until it is certified. */
  readonly ms: number;
}

/** The nearest place that costs at most this share of what is left; else the cheapest place. */
const SHARE = 0.4;
const NEAREST = 0.4;
/** Half of the estimate; further out only when nothing nearer is to be had, ... */
const FAR = 0.7;
const FURTHEST = 1.2;
/** ... which is known by its expected price being this many times what is left. */
const OUT_OF_TIME = 1.5;
const STEP = 0.05;
/** Exploring knows the capacity no better than this (standard deviation of ln load). */
const LEAST_SD = 0.15;
/** A load begun is kept while another costs at least this share of it. */
const KEEP = 1.5;
/** An end that costs so many times what is left counts as this. */
const CAP = 3;

export function firstLower(context: FirstLowerContext): FirstLower {
  const { remainingMs, lnEstimate, lnLastTry } = context;
  const wanted = { ...context, capMs: CAP * remainingMs, leastSd: LEAST_SD };
  const at = (distance: number): FirstLower => ({
    distance,
    ms: endPriceMs(wanted, 'lower', lnEstimate - distance),
  });
  const near = best(at, FAR, SHARE * remainingMs);
  const found =
    near.ms > OUT_OF_TIME * remainingMs ? best(at, FURTHEST, SHARE * remainingMs) : near;
  if (lnLastTry === undefined) return found;
  const last = at(lnEstimate - lnLastTry);
  return last.ms <= KEEP * found.ms || last.ms <= SHARE * remainingMs ? last : found;
}

function best(
  at: (distance: number) => FirstLower,
  furthest: number,
  payableMs: number,
): FirstLower {
  let found = at(furthest);
  for (let steps = Math.round((furthest - NEAREST) / STEP) - 1; steps >= 0; steps--) {
    const next = at(NEAREST + steps * STEP);
    if (next.ms <= payableMs || next.ms < found.ms) found = next;
  }
  return found;
}
