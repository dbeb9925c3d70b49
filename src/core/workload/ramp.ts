/** A ramp of the rate in an open loop: steps that are small against the noise of the arrivals. */

const RAMP_STEPS = 10;

export interface RateStep {
  readonly atMs: number;
  readonly rps: number;
}

/** From one rate to another evenly over the ramp; the last step is the rate itself. */
export function rampSteps(
  fromRps: number,
  toRps: number,
  startAtMs: number,
  rampMs: number,
): RateStep[] {
  if (rampMs <= 0) return [{ atMs: startAtMs, rps: toRps }];
  const steps: RateStep[] = [];
  for (let k = 0; k < RAMP_STEPS; k++) {
    const part = (k + 0.5) / RAMP_STEPS;
    steps.push({
      atMs: startAtMs + (rampMs * k) / RAMP_STEPS,
      rps: fromRps + (toRps - fromRps) * part,
    });
  }
  steps.push({ atMs: startAtMs + rampMs, rps: toRps });
  return steps;
}
