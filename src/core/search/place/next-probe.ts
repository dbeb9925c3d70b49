/**
 * The next burst as a decision: which load (from exploring, refining, a recheck or a doubt), how long it
 * settles, how long it is measured.
 */
import type { TierStanding } from '../certify/assess.ts';
import { samplesOf } from '../certify/samples.ts';
import type { Decision, Phase, ProbeDecision } from '../decision.ts';
import { doubtfulLoad } from '../guard/doubt.ts';
import { RECHECK_E2E, RECHECK_MAX_MS, RECHECK_MIN_MS } from '../guard/recheck.ts';
import { lnLoadOf, toLoad } from '../load-grid.ts';
import type { Observation } from '../observation.ts';
import {
  type DriftSuspicion,
  excessWidth,
  isResolved,
  type SearchState,
  spentMs,
  unitsAtLn,
  validLog,
} from '../state.ts';
import { lookEveryMs, settlePlan } from './burst-length.ts';
import { isClear } from './clear.ts';
import { type LastTry, refineNext } from './refine.ts';
import type { Side } from './side.ts';

export interface Step {
  readonly state: SearchState;
  readonly decision: Decision;
}

const MIN_WINDOW_MS = 1_000;
/** Up to this budget (ms of load) exploring settles briefly: its seconds are wanted for a first bound. */
const SMALL_BUDGET_MS = 600_000;

export function probe(
  state: SearchState,
  phase: Phase,
  units: number,
  maxWindowMs: number,
  reason: string,
  side?: Side,
): Step {
  const { spec } = state;
  const last = state.log[state.log.length - 1];
  const exploring = phase === 'grow' || phase === 'bisect';
  const meanE2eMs = last?.meanE2eMs ?? 0;
  const load = toLoad(spec.axis, units);
  const fromLoad = last === undefined ? 0 : toLoad(spec.axis, last.loadUnits);
  const brief = exploring && spec.budget.loadMs <= SMALL_BUDGET_MS;
  const { rampMs, settleMs } = settlePlan(meanE2eMs, fromLoad, load, brief);
  const remaining = spec.budget.loadMs - spentMs(state);
  const windowMs = Math.max(MIN_WINDOW_MS, Math.min(maxWindowMs, remaining - settleMs));
  const decision: ProbeDecision = {
    kind: 'probe',
    probe: state.log.length,
    phase,
    loadUnits: units,
    load,
    rampMs,
    settleMs,
    windowMs,
    lookEveryMs: lookEveryMs(meanE2eMs, exploring),
    reason,
  };
  const taken = { phase, loadUnits: units, ...(side === undefined ? {} : { side }) };
  return { state: { ...state, taken: [...state.taken, taken], decision }, decision };
}

/** An earlier load again, because the pace seems to have changed. */
export function recheck(state: SearchState, suspicion: DriftSuspicion): Step {
  const reason = `the pace seems to have changed since probe ${suspicion.boundary}: an earlier load again`;
  return measureAgain(state, suspicion.loadUnits, reason);
}

/** A load that looked bad again, because higher ones pass. */
export function lookAgain(state: SearchState, units: number): Step {
  return measureAgain(state, units, 'looked bad, though higher loads pass: again');
}

function measureAgain(state: SearchState, units: number, reason: string): Step {
  const meanE2eMs = state.log[state.log.length - 1]?.meanE2eMs ?? 0;
  const windowMs = Math.min(RECHECK_MAX_MS, Math.max(RECHECK_MIN_MS, RECHECK_E2E * meanE2eMs));
  return probe(state, 'recheck', units, windowMs, reason);
}

/** A load below a certified lower bound that looked bad when it was measured. */
export function firstDoubt(state: SearchState): number | undefined {
  const looks = new Map<number, number>();
  for (const { phase, loadUnits } of state.taken) {
    if (phase === 'recheck') looks.set(loadUnits, (looks.get(loadUnits) ?? 0) + 1);
  }
  for (const [tier, { lowerUnits }] of state.standings.entries()) {
    if (lowerUnits === undefined) continue;
    const units = doubtfulLoad(state.spec, validLog(state), looks, tier, lowerUnits);
    if (units !== undefined) return units;
  }
  return undefined;
}

/** The tier whose bracket is widest relative to what was asked; undefined when all stand. */
export function widest(state: SearchState): TierStanding | undefined {
  let best: TierStanding | undefined;
  let most = 0;
  for (const candidate of state.standings) {
    if (isResolved(state.spec, candidate)) continue;
    const excess = excessWidth(state.spec, candidate);
    if (best === undefined || excess > most) {
      best = candidate;
      most = excess;
    }
  }
  return best;
}

/** The load and length that bring the tier's bracket together soonest. */
export function refine(state: SearchState, focus: TierStanding): Step {
  const { spec } = state;
  const focusIndex = state.standings.indexOf(focus);
  const spent = { lower: 0, upper: 0 };
  const lastTry: Partial<Record<Side, LastTry>> = {};
  state.log.forEach((observation, i) => {
    const side = state.taken[i]?.side;
    if (side === undefined || i < state.validFrom) return;
    spent[side] += observation.loadMs;
    if (observation.end === 'voided') return;
    lastTry[side] = {
      units: observation.loadUnits,
      clear: isClear(spec, observation, focusIndex, side),
    };
  });
  const lnLoad = lnLoadOf(spec.axis);
  const near = nearestObservation(state, focus.lnEstimate, lnLoad);
  const step = refineNext({
    spec,
    standing: focus,
    samples: samplesOf(spec, focus, focusIndex, validLog(state)),
    spentMs: spent,
    lastTry,
    remainingMs: spec.budget.loadMs - spentMs(state),
    samplesPerSecondAt: rateFrom(validLog(state), lnLoad),
    meanE2eMs: near?.meanE2eMs ?? 0,
    knownUnits: [...new Set(validLog(state).map((o) => o.loadUnits))],
    lnLoad,
    unitsOf: unitsAtLn(spec),
  });
  return probe(state, 'refine', step.units, step.windowMs, step.reason, step.side);
}

/**
 * Requests a second that the target completes at ln load x: between the measured loads on a line, below the
 * lowest in proportion to the load, above the highest as there.
 */
function rateFrom(
  log: readonly Observation[],
  lnLoad: (units: number) => number,
): (x: number) => number {
  const byLoad = new Map<number, { ms: number; completed: number }>();
  for (const { loadUnits, windowMs, completedRps, end } of log) {
    if (end === 'voided') continue;
    const at = byLoad.get(loadUnits) ?? { ms: 0, completed: 0 };
    at.ms += windowMs;
    at.completed += windowMs * completedRps;
    byLoad.set(loadUnits, at);
  }
  const known = [...byLoad]
    .map(([units, { ms, completed }]) => ({ x: lnLoad(units), rps: completed / Math.max(1, ms) }))
    .sort((a, b) => a.x - b.x);
  return (x) => {
    const after = known.find((at) => at.x >= x);
    const before = known.findLast((at) => at.x <= x);
    if (before === undefined) return after === undefined ? 1 : after.rps * Math.exp(x - after.x);
    if (after === undefined || after.x === before.x) return before.rps;
    return before.rps + ((x - before.x) / (after.x - before.x)) * (after.rps - before.rps);
  };
}

function nearestObservation(
  state: SearchState,
  lnEstimate: number,
  lnLoad: (units: number) => number,
): Observation | undefined {
  let best: Observation | undefined;
  for (const observation of validLog(state)) {
    const distance = Math.abs(lnLoad(observation.loadUnits) - lnEstimate);
    if (best === undefined || distance <= Math.abs(lnLoad(best.loadUnits) - lnEstimate)) {
      best = observation;
    }
  }
  return best;
}
