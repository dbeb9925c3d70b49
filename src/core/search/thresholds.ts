/**
 * How much evidence a bound needs, in nats. Nominal is ln(2/α): Ville's inequality for a likelihood
 * ratio at α/2. Both sides ask a little less, because the ratio is divided by a design effect that is
 * widened for its own uncertainty, and pay elsewhere: the lower side for resting on many loads
 * (`evidenceAbove`), the upper side by leaving its worst block out. That the sum is right is not
 * proved but measured: `npm run bench:search`.
 */

/** Set on tuning seeds of the cells A to K; with α = 0.05 the thresholds become 3.5 and 3.1 nats. */
const LOWER_RELIEF_NATS = 0.2;
const UPPER_RELIEF_NATS = 0.6;

/** Nats that refute "the capacity is at most l". */
export function lowerThreshold(confidence: number): number {
  return nominal(confidence) - LOWER_RELIEF_NATS;
}

/** Nats that refute "the capacity is at least u" by one of m objectives: any of them may fail it. */
export function upperThreshold(confidence: number, objectives: number): number {
  return nominal(confidence) - UPPER_RELIEF_NATS + Math.log(Math.max(1, objectives));
}

function nominal(confidence: number): number {
  return Math.log(2 / (1 - confidence));
}
