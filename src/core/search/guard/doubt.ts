/**
 * Doubts about a bracket that would else stand: a load below the lower bound that looked bad when it
 * was passed, and a target that was left slower by an overload. Both break the assumption that more
 * load is worse and less load is better; the search looks again, or says so, before it says done.
 */

import type { Warning } from '../answer/result.ts';
import { familyOf } from '../certify/family.ts';
import { poolEvidence } from '../certify/pool.ts';
import { lnLoadOf } from '../load-grid.ts';
import type { Observation } from '../observation.ts';
import { curveObjectives, type SearchSpec } from '../spec.ts';

/** Own evidence against a load, independent samples assumed: enough to look again. */
const DOUBT_NATS = 2.5;
const DOUBT_RATIO = 2;
/** A load is looked at again this often at most. */
const MAX_LOOKS = 2;
/** For hysteresis: a pass this clear before, a fail this clear after (nats, design effect divided out). */
const CLEAR_PASS_NATS = 1;
const CLEAR_FAIL_NATS = 3.1;
/** Bursts are taken to cluster by at least this here; the warning must not come from bad luck. */
const ASSUMED_EFFECT = 4;

/** A load below `lowerUnits` whose own samples speak against it, not yet measured again. */
export function doubtfulLoad(
  spec: SearchSpec,
  log: readonly Observation[],
  looks: ReadonlyMap<number, number>,
  tierIndex: number,
  lowerUnits: number,
): number | undefined {
  for (const { index, objective } of curveObjectives(spec.tiers[tierIndex] ?? NO_TIER)) {
    const family = familyOf(objective);
    const pick = (o: Observation) => o.evidence[tierIndex]?.[index];
    for (const load of poolEvidence(log, objective, pick, lnLoadOf(spec.axis)).loads) {
      if (load.units >= lowerUnits || (looks.get(load.units) ?? 0) >= MAX_LOOKS) continue;
      const far = family.link(load.value) - family.target > Math.log(DOUBT_RATIO);
      if (far && family.gain(load, load.value, family.bound) >= DOUBT_NATS) return load.units;
    }
  }
  return undefined;
}

const NO_TIER = { name: '', objectives: [] };

/** After an overload, does a load fail that a no smaller one passed before it? */
export function hysteresisOf(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
  isOverload: (observation: Observation) => boolean,
): Extract<Warning, { kind: 'hysteresis' }> | undefined {
  const nats = log.map((observation) => signedNats(spec, observation, tierIndex));
  for (let after = 2; after < log.length; after++) {
    const failed = log[after];
    if (failed === undefined || (nats[after] ?? 0) > -CLEAR_FAIL_NATS) continue;
    for (let over = 1; over < after; over++) {
      const overload = log[over];
      if (overload === undefined || overload.loadUnits <= failed.loadUnits) continue;
      if (!isOverload(overload)) continue;
      const passed = log
        .slice(0, over)
        .some((o, i) => o.loadUnits >= failed.loadUnits && (nats[i] ?? 0) >= CLEAR_PASS_NATS);
      if (passed) {
        return { kind: 'hysteresis', atProbe: failed.probe, load: failed.loadUnits };
      }
    }
  }
  return undefined;
}

/** Nats of one burst for (positive: every objective) or against (negative: one of them) its load. */
function signedNats(spec: SearchSpec, observation: Observation, tierIndex: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { index, objective } of curveObjectives(spec.tiers[tierIndex] ?? NO_TIER)) {
    const family = familyOf(objective);
    const pick = (o: Observation) => o.evidence[tierIndex]?.[index];
    const load = poolEvidence([observation], objective, pick, lnLoadOf(spec.axis)).loads[0];
    if (load === undefined) return 0;
    const point = load.value > family.bound ? load.trimmed : load;
    const gain = family.gain(point, point.value, family.bound) / ASSUMED_EFFECT;
    const signed = point.value > family.bound ? -gain : load.value > family.bound ? 0 : gain;
    if (signed < least) least = signed;
  }
  return Number.isFinite(least) ? least : 0;
}
