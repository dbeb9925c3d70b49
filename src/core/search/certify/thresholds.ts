/**
 * How much evidence a bound needs, in nats. Nominal is ln(2/α): Ville's inequality for a likelihood
 * ratio at α/2. The lower side, on which deployments act, asks for all of it and pays for resting on many
 * loads besides (`evidenceAbove`); the upper side (it only says "look no higher") asks a little less and
 * leaves its worst block out. That this adds up to the stated confidence is not proved but measured:
 * `npm run bench:search`.
 */

/** Set on tuning seeds of the cells A to K; with α = 0.05 the upper threshold becomes 3.3 nats. */
const UPPER_RELIEF_NATS = 0.4;

/** Nats that refute "the capacity is at most l". */
export function lowerThreshold(confidence: number): number {
  return Math.log(2 / (1 - confidence));
}

/** Nats that refute "the capacity is at least u" by one of m objectives: any of them may fail it. */
export function upperThreshold(confidence: number, objectives: number): number {
  return lowerThreshold(confidence) - UPPER_RELIEF_NATS + Math.log(Math.max(1, objectives));
}
