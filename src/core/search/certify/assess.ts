/**
 * What the log says now: per objective a curve for placing, a design effect, and the certified
 * bounds; per tier the bracket. Recomputed from the whole log after every burst; plain data.
 */

import { lnLoadOf } from '../load-grid.ts';
import type { Observation } from '../observation.ts';
import { type CurveObjective, curveObjectives, type SearchSpec } from '../spec.ts';
import { anchorOf } from './anchor.ts';
import { findLower, findUpper } from './bounds.ts';
import { sampleOf } from './certificate.ts';
import { type Anchor, type Curve, fitCurve } from './curve.ts';
import { effectsOf } from './effects.ts';
import { familyOf } from './family.ts';
import { type Pool, poolEvidence } from './pool.ts';
import { lowerThreshold, upperThreshold } from './thresholds.ts';

export interface ObjectiveStanding {
  /** Place in the tier's objectives. */
  readonly index: number;
  readonly id: string;
  readonly curve: Curve;
  readonly designEffect: number;
  /** Design effect by ln load, at the loads measured so far. */
  readonly effects: readonly { readonly x: number; readonly effect: number }[];
  /** Nats per sample near the bound and per (link distance)² / 2, for planning. */
  readonly information: number;
  readonly lowerUnits?: number;
  readonly upperUnits?: number;
  /** No burst could measure it: it never passes. */
  readonly missing?: string;
}

export interface TierStanding {
  readonly tier: string;
  readonly objectives: readonly ObjectiveStanding[];
  readonly lowerUnits?: number;
  readonly upperUnits?: number;
  /** Place (in `objectives`) of the one with the least estimated capacity. */
  readonly binding: number;
  /** ln of the load in natural units. */
  readonly lnEstimate: number;
  /** A higher load was certified to pass where a lower one was certified to fail. */
  readonly inversion?: { readonly passedUnits: number; readonly failedUnits: number };
}

export function poolOf(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
  index: number,
  objective: CurveObjective,
): Pool {
  return poolEvidence(log, objective, (o) => o.evidence[tierIndex]?.[index], lnLoadOf(spec.axis));
}

export function assessTier(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
): TierStanding {
  const tier = spec.tiers[tierIndex];
  if (tier === undefined) throw new Error(`Internal error: no tier ${tierIndex}`);
  const members = curveObjectives(tier);
  const anchor = anchorOf(spec, log, tierIndex);
  const standings = members.map(({ index, objective }) =>
    assessObjective(spec, log, tierIndex, index, objective, members.length, anchor),
  );
  let binding = 0;
  standings.forEach((standing, i) => {
    const least = standings[binding]?.curve.lnCapacity ?? 0;
    if (standing.curve.lnCapacity < least) binding = i;
  });
  const uppers = standings.flatMap((s) => (s.upperUnits === undefined ? [] : [s.upperUnits]));
  const lowers = standings.flatMap((s) => (s.lowerUnits === undefined ? [] : [s.lowerUnits]));
  const upperUnits = uppers.length > 0 ? Math.min(...uppers) : undefined;
  const lowerUnits =
    standings.length > 0 && lowers.length === standings.length ? Math.min(...lowers) : undefined;
  const base = {
    tier: tier.name,
    objectives: standings,
    binding,
    lnEstimate: standings[binding]?.curve.lnCapacity ?? lnLoadOf(spec.axis)(spec.maxUnits),
    ...(upperUnits === undefined ? {} : { upperUnits }),
  };
  if (lowerUnits === undefined) return base;
  if (upperUnits === undefined || lowerUnits < upperUnits) return { ...base, lowerUnits };
  // The lower load rules: what lies above it no longer speaks, neither for bounds nor for the estimate.
  const inversion = { passedUnits: lowerUnits, failedUnits: upperUnits };
  const below = log.filter((o) => o.loadUnits < upperUnits);
  if (below.length === 0)
    return { ...base, lnEstimate: lnLoadOf(spec.axis)(upperUnits), inversion };
  const { lowerUnits: again, ...rest } = assessTier(spec, below, tierIndex);
  const lnEstimate = Math.min(rest.lnEstimate, lnLoadOf(spec.axis)(upperUnits));
  const ruled = { ...rest, lnEstimate, upperUnits, inversion };
  return again === undefined || again >= upperUnits ? ruled : { ...ruled, lowerUnits: again };
}

function assessObjective(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
  index: number,
  objective: CurveObjective,
  objectives: number,
  anchor: Anchor,
): ObjectiveStanding {
  const family = familyOf(objective);
  const lnLoad = lnLoadOf(spec.axis);
  const pool = poolOf(spec, log, tierIndex, index, objective);
  const curve = fitCurve(
    family,
    pool.loads,
    {
      lnMin: lnLoad(spec.minUnits),
      lnMax: lnLoad(spec.maxUnits),
    },
    anchor,
  );
  const effects = effectsOf(family, objective, pool, curve, inFlightAt(log, lnLoad));
  const sample = sampleOf(family, pool.loads, curve, effects);
  const missing = missingReason(log, tierIndex, index);
  const lowerUnits =
    missing === undefined
      ? findLower(spec, sample, lowerThreshold(spec.confidence), lnLoad)
      : undefined;
  const upperUnits = findUpper(spec, sample, upperThreshold(spec.confidence, objectives), lnLoad);
  const nearest = nearestLoad(pool, curve.lnCapacity);
  return {
    index,
    id: objective.id,
    curve,
    designEffect: effects(curve.lnCapacity),
    effects: pool.loads.map((load) => ({ x: load.x, effect: effects(load.x) })),
    information: family.information(nearest),
    ...(lowerUnits === undefined ? {} : { lowerUnits }),
    ...(upperUnits === undefined ? {} : { upperUnits }),
    ...(missing === undefined ? {} : { missing }),
  };
}

function nearestLoad(pool: Pool, x: number): Pool['loads'][number] | undefined {
  let best: Pool['loads'][number] | undefined;
  for (const load of pool.loads) {
    if (best === undefined || Math.abs(load.x - x) < Math.abs(best.x - x)) best = load;
  }
  return best;
}

/** One missing measurement in any valid burst: the objective can not be certified to pass. */
function missingReason(
  log: readonly Observation[],
  tierIndex: number,
  index: number,
): string | undefined {
  for (const observation of log) {
    const evidence = observation.evidence[tierIndex]?.[index];
    if (observation.end !== 'voided' && evidence?.kind === 'missing') return evidence.reason;
  }
  return undefined;
}

/** Mean in flight of the burst nearest to ln load x. */
function inFlightAt(
  log: readonly Observation[],
  lnLoad: (units: number) => number,
): (x: number) => number {
  return (x) => {
    let best: Observation | undefined;
    for (const observation of log) {
      const distance = Math.abs(lnLoad(observation.loadUnits) - x);
      if (best === undefined || distance <= Math.abs(lnLoad(best.loadUnits) - x)) {
        best = observation;
      }
    }
    return best?.meanInFlight ?? 0;
  };
}
