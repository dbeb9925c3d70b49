/**
 * How much evidence a bound needs, in nats. One side is ln(2/α): Ville's inequality for a likelihood
 * ratio at α/2 (the lower side also pays for resting on many loads, see `evidenceAbove`). The upper
 * side may be wrong more cheaply (it only says "look no higher") and has its worst block left out
 * first.
 */

/** Set on tuning seeds: with α = 0.05 the upper threshold becomes 2.8 nats. */
const UPPER_RELIEF_NATS = 0.89;

/** Nats that refute "the capacity is at most l". */
export function lowerThreshold(confidence: number): number {
  return Math.log(2 / (1 - confidence));
}

/** Nats that refute "the capacity is at least u" by one of m objectives: any of them may fail it. */
export function upperThreshold(confidence: number, objectives: number): number {
  return lowerThreshold(confidence) - UPPER_RELIEF_NATS + Math.log(Math.max(1, objectives));
}
