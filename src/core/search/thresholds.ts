/**
 * How much evidence a bound needs, in nats. One side is ln(2/α): Ville's inequality for a likelihood
 * ratio at α/2. The ratio here is a plug-in one, looked at after every burst, so the lower side, on
 * which deployments act, pays a little more; the upper side may be wrong more cheaply (it only says
 * "look no higher") and has its worst block left out first.
 */

/** Set on tuning seeds of flat curves. */
const LOWER_EXTRA_NATS = 0.4;
/** Set on tuning seeds: with α = 0.05 the upper threshold becomes 2.8 nats. */
const UPPER_RELIEF_NATS = 0.89;

/** Nats that refute "the capacity is at most l". */
export function lowerThreshold(confidence: number): number {
  return nominal(confidence) + LOWER_EXTRA_NATS;
}

/** Nats that refute "the capacity is at least u" by one of m objectives: any of them may fail it. */
export function upperThreshold(confidence: number, objectives: number): number {
  return nominal(confidence) - UPPER_RELIEF_NATS + Math.log(Math.max(1, objectives));
}

function nominal(confidence: number): number {
  return Math.log(2 / (1 - confidence));
}
