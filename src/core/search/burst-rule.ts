/**
 * The in-burst rule: is this burst decided? Looked at every few seconds with what the burst has shown
 * so far. It ends a burst that clearly fails, one that has certified its load, one that completes the
 * bracket, and an open-loop burst whose backlog grows without end; never because time seems short.
 */
import type { TierStanding } from './certify/assess.ts';
import { evidenceAbove, evidenceBelow, type Sample } from './certify/certificate.ts';
import { familyOf } from './certify/family.ts';
import { poolEvidence } from './certify/pool.ts';
import { samplesOf } from './certify/samples.ts';
import { lowerThreshold, upperThreshold } from './certify/thresholds.ts';
import type { BurstLook, ProbeDecision } from './decision.ts';
import { lnLoadOf, unitsPerLoad } from './load-grid.ts';
import type { Observation } from './observation.ts';
import { curveObjectives } from './spec.ts';
import { isResolved, type SearchState, validLog } from './state.ts';

/** Evidence for a clear fail exceeds the certificate's by this factor: the load is looked at often. */
const CLEAR_FAIL_FACTOR = 1.3;
const CLEAR_FAIL_BAD_SAMPLES = 5;
const CLEAR_FAIL_RATIO = 2;
/** Evidence at its own load beyond this factor: more of the same burst hardly moves the bound. */
const CLEAR_PASS_FACTOR = 1.25;
/** The look uses the curve and design effects of before the burst: those of after it must agree too. */
const MARGIN_NATS = 0.3;
/** Open loop: a backlog of 40 requests, or of four seconds of arrivals, never drains in time. */
const BACKLOG_MIN = 40;
const BACKLOG_SECONDS = 4;
/** Before anything is known of clustering, a burst that fails is measured against this D. */
const EXPLORING_DESIGN_EFFECT = 5;

export function lookIntoBurst(
  state: SearchState,
  decision: ProbeDecision,
  partial: Observation,
): BurstLook {
  const { spec } = state;
  // A recheck compares the pace over its whole length; only a growing backlog cuts it.
  if (decision.phase === 'recheck' && spec.axis === 'concurrency') return CONTINUE;
  if (spec.axis === 'request_rate' && isSaturated(decision, partial)) {
    return { kind: 'end', reason: 'saturated' };
  }
  if (state.standings.length > 0 && (decision.phase === 'refine' || decision.phase === 'bisect')) {
    const ended = refiningLook(state, decision, partial);
    if (ended !== undefined) return ended;
  }
  if (spec.tiers.every((_, tier) => clearlyFails(state, tier, partial))) {
    return { kind: 'end', reason: 'clear_fail' };
  }
  return CONTINUE;
}

const CONTINUE: BurstLook = { kind: 'continue', needs: 'more samples at this load' };

function isSaturated(decision: ProbeDecision, partial: Observation): boolean {
  return partial.waiting > Math.max(BACKLOG_MIN, BACKLOG_SECONDS * decision.load);
}

/** One objective beyond its bound, by this burst alone. */
function clearlyFails(state: SearchState, tierIndex: number, partial: Observation): boolean {
  const { spec } = state;
  const tier = spec.tiers[tierIndex];
  if (tier === undefined) return false;
  const members = curveObjectives(tier);
  const enough = CLEAR_FAIL_FACTOR * upperThresholdStrict(spec.confidence, members.length);
  return members.some(({ index, objective }, i) => {
    const family = familyOf(objective);
    const pool = poolEvidence(
      [partial],
      objective,
      (o) => o.evidence[tierIndex]?.[index],
      lnLoadOf(spec.axis),
    );
    const point = pool.loads[0];
    if (point === undefined || point.value <= family.bound) return false;
    if (objective.kind === 'ratio') {
      const bad = point.n * point.value;
      if (bad < CLEAR_FAIL_BAD_SAMPLES) return false;
      const least = Math.min(CLEAR_FAIL_RATIO * family.bound, (1 + family.bound) / 2);
      if (point.value <= least) return false;
    }
    const effect =
      state.standings[tierIndex]?.objectives[i]?.designEffect ?? EXPLORING_DESIGN_EFFECT;
    return family.gain(point, point.value, family.bound) / effect >= enough;
  });
}

/** The strict form (both sides at ln(2/α)): a burst must not be cut by its own luck. */
function upperThresholdStrict(confidence: number, objectives: number): number {
  return lowerThreshold(confidence) + Math.log(Math.max(1, objectives));
}

function refiningLook(
  state: SearchState,
  decision: ProbeDecision,
  partial: Observation,
): BurstLook | undefined {
  const log = [...validLog(state), partial];
  const samples = state.standings.map((standing, tier) =>
    samplesOf(state.spec, standing, tier, log).map((known) => known.sample),
  );
  const resolved = state.standings.every((standing, tier) =>
    resolves(state, standing, samples[tier] ?? []),
  );
  if (resolved) return { kind: 'end', reason: 'resolved' };
  if (decision.phase !== 'refine') return undefined;
  const lnLoad = lnLoadOf(state.spec.axis)(decision.loadUnits);
  const enough = CLEAR_PASS_FACTOR * lowerThreshold(state.spec.confidence);
  const passes = samples.every((members) =>
    members.every((s) => evidenceAbove(s, lnLoad) >= enough),
  );
  return passes ? { kind: 'end', reason: 'clear_pass' } : undefined;
}

/** Would the tier's bracket be as narrow as asked with this burst as it stands? One test a side. */
function resolves(state: SearchState, standing: TierStanding, samples: readonly Sample[]): boolean {
  const { spec } = state;
  if (isResolved(spec, standing)) return true;
  // Where loads contradict each other, a look at all of them together decides nothing.
  if (samples.length === 0 || standing.inversion !== undefined) return false;
  const width = Math.log(1 + spec.resolution);
  const lnOf = lnLoadOf(spec.axis);
  const passes = (ln: number): boolean =>
    samples.every((s) => evidenceAbove(s, ln) >= lowerThreshold(spec.confidence) + MARGIN_NATS);
  const fails = (ln: number): boolean =>
    samples.some(
      (s) => evidenceBelow(s, ln) >= upperThreshold(spec.confidence, samples.length) + MARGIN_NATS,
    );
  if (standing.upperUnits !== undefined) {
    if (passes(lnOf(lowestResolved(spec.axis, standing.upperUnits, width)))) return true;
  }
  if (standing.lowerUnits !== undefined) {
    if (fails(lnOf(highestResolved(spec.axis, standing.lowerUnits, width)))) return true;
  }
  return false;
}

function lowestResolved(axis: SearchState['spec']['axis'], upper: number, width: number): number {
  const byWidth = Math.ceil(upper * Math.exp(-width));
  return unitsPerLoad(axis) === 1 ? Math.min(byWidth, upper - 1) : byWidth;
}

function highestResolved(axis: SearchState['spec']['axis'], lower: number, width: number): number {
  const byWidth = Math.floor(lower * Math.exp(width));
  return unitsPerLoad(axis) === 1 ? Math.max(byWidth, lower + 1) : byWidth;
}
