/**
 * Turns the standing of a search into its answer. A bound that was not reached is absent, and the
 * outcome says why; nothing is interpolated into a bound.
 */

import { normalQuantile } from '../../stats/normal.ts';
import type { TierStanding } from '../certify/assess.ts';
import { hasFloor, judgeFloors } from '../certify/floor.ts';
import { goodputAt, goodputMaximum } from '../certify/goodput.ts';
import { hysteresisOf } from '../guard/doubt.ts';
import { lnLoadOf, toLoad } from '../load-grid.ts';
import type { Observation } from '../observation.ts';
import { looksBad } from '../place/explore.ts';
import { isResolved, type SearchState, spentMs, unitsAtLn, validLog } from '../state.ts';
import { neededLoadSeconds, needsText, nothingCounted } from './plan.ts';
import type { Outcome, SearchResult, TierResult, Warning } from './result.ts';

export function buildResult(state: SearchState, stopped: string): SearchResult {
  const { spec, log, standings, warnings } = state;
  return {
    confidence: spec.confidence,
    resolution: spec.resolution,
    tiers: spec.tiers.map((tier, index) => {
      const standing = standings[index];
      return standing === undefined
        ? { tier: tier.name, outcome: 'undecided', needs: nothingCounted(log) }
        : tierResult(state, standing, index);
    }),
    warnings: [
      ...warnings,
      ...standings.flatMap((standing, index) => warningsOf(state, standing, index)),
    ],
    probes: log.length,
    requests: log.reduce((n, o) => n + o.requests, 0),
    loadSeconds: spentMs(state) / 1_000,
    stopped,
  };
}

function tierResult(state: SearchState, standing: TierStanding, index: number): TierResult {
  const { spec } = state;
  const log = validLog(state);
  const lowerUnits = floorLower(state, standing, index);
  const { upperUnits } = standing;
  const resolved =
    isResolved(spec, standing) &&
    lowerUnits === standing.lowerUnits &&
    standing.inversion === undefined &&
    hysteresis(state, index) === undefined;
  const outcome = outcomeOf(lowerUnits, upperUnits, resolved);
  const binding = standing.objectives[standing.binding];
  const goodput = lowerUnits === undefined ? undefined : goodputAt(log, index, lowerUnits);
  const maximum = goodputMaximum(spec, log, index);
  const needed = resolved ? undefined : neededLoadSeconds(state, standing);
  const wholeRange =
    lowerUnits !== undefined && lowerUnits >= spec.maxUnits
      ? 'passes'
      : upperUnits !== undefined && upperUnits <= spec.minUnits
        ? 'fails'
        : undefined;
  return {
    tier: standing.tier,
    outcome,
    ...(lowerUnits === undefined ? {} : { lower: toLoad(spec.axis, lowerUnits) }),
    ...(upperUnits === undefined ? {} : { upper: toLoad(spec.axis, upperUnits) }),
    estimate: estimateOf(state, standing),
    ...(goodput === undefined ? {} : { goodputRps: goodput }),
    ...(maximum === undefined ? {} : { maxGoodput: maximum }),
    ...(binding === undefined ? {} : { bindingObjective: binding.id }),
    ...(wholeRange === undefined ? {} : { wholeRange }),
    ...(needed === undefined ? {} : { neededLoadSeconds: needed }),
    ...(resolved ? {} : { needs: needsText(state, standing, needed) }),
  };
}

function outcomeOf(
  lower: number | undefined,
  upper: number | undefined,
  resolved: boolean,
): Outcome {
  if (lower === undefined && upper === undefined) return 'undecided';
  if (upper === undefined) return 'unbounded_above';
  if (lower === undefined) return 'unbounded_below';
  return resolved ? 'resolved' : 'two_sided';
}

/** With a floor in the tier: the largest measured load up to the bound at which it was shown to hold. */
function floorLower(state: SearchState, standing: TierStanding, index: number): number | undefined {
  const tier = state.spec.tiers[index];
  const { lowerUnits } = standing;
  if (tier === undefined || !hasFloor(tier)) return lowerUnits;
  const latencyOnly = tier.objectives.every((objective) => objective.kind === 'floor');
  const limit = latencyOnly ? state.spec.maxUnits : lowerUnits;
  if (limit === undefined) return undefined;
  const { holdsUnits } = judgeFloors(state.spec, validLog(state), index);
  const below = holdsUnits.filter((units) => units <= limit);
  return below.length > 0 ? Math.max(...below) : undefined;
}

function estimateOf(
  state: SearchState,
  standing: TierStanding,
): NonNullable<TierResult['estimate']> {
  const { spec } = state;
  const curve = standing.objectives[standing.binding]?.curve;
  const lnLoad = lnLoadOf(spec.axis);
  const unitsOf = unitsAtLn(spec);
  const clamp = (units: number): number =>
    Math.min(
      standing.upperUnits ?? spec.maxUnits,
      Math.max(standing.lowerUnits ?? spec.minUnits, units),
    );
  const load = toLoad(spec.axis, clamp(unitsOf(standing.lnEstimate)));
  if (curve === undefined) return { load };
  const reach = normalQuantile((1 + spec.confidence) / 2) * curve.lnCapacitySd;
  const low = standing.lnEstimate - reach;
  const high = standing.lnEstimate + reach;
  return {
    load,
    ...(low > lnLoad(spec.minUnits) ? { low: toLoad(spec.axis, clamp(unitsOf(low))) } : {}),
    ...(high < lnLoad(spec.maxUnits) ? { high: toLoad(spec.axis, clamp(unitsOf(high))) } : {}),
  };
}

/** Less load no longer helps: the target was left slower by an overload. Load in natural units. */
function hysteresis(
  state: SearchState,
  index: number,
): Extract<Warning, { kind: 'hysteresis' }> | undefined {
  const { spec } = state;
  const isOverload = (o: Observation): boolean => looksBad(spec, o, index);
  const found = hysteresisOf(spec, validLog(state), index, isOverload);
  return found === undefined ? undefined : { ...found, load: toLoad(spec.axis, found.load) };
}

function warningsOf(state: SearchState, standing: TierStanding, index: number): Warning[] {
  const { axis } = state.spec;
  const found: Warning[] = [];
  const slower = hysteresis(state, index);
  if (slower !== undefined) found.push(slower);
  if (standing.inversion !== undefined) {
    found.push({
      kind: 'inversion',
      tier: standing.tier,
      passedLoad: toLoad(axis, standing.inversion.passedUnits),
      failedLoad: toLoad(axis, standing.inversion.failedUnits),
    });
  }
  for (const objective of standing.objectives) {
    if (objective.missing === undefined) continue;
    found.push({
      kind: 'missing_measurement',
      tier: standing.tier,
      objective: objective.id,
      reason: objective.missing,
    });
  }
  return found;
}
