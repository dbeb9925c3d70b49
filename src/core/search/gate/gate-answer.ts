/**
 * A gate's answer in the shape of a search's: a load that passes is the lower end of a bracket, one that
 * fails its upper end, and nothing is said of any other load. So reports, plots and summaries read both.
 */

import { nothingCounted } from '../answer/plan.ts';
import type { GateTier, SearchResult, TierResult, Warning } from '../answer/result.ts';
import { goodputByLoad } from '../certify/goodput.ts';
import { suspectDrift } from '../guard/drift.ts';
import { judgeRecheck } from '../guard/recheck.ts';
import type { Observation } from '../observation.ts';
import { emptyState } from '../state.ts';
import type { GateResult } from './gate.ts';
import { concludeGate, type GateState } from './gate.ts';

export function gateAnswer(state: GateState, stopped: string): SearchResult {
  const result = concludeGate(state, stopped);
  const { verdict, load, tiers, confidence, probes, requests, loadSeconds } = result;
  return {
    confidence,
    resolution: state.spec.resolution,
    tiers: tiers.map((tier, index) => tierResult(state, result, tier, index)),
    warnings: [...driftOf(state), ...missingOf(state)],
    probes,
    requests,
    loadSeconds,
    stopped,
    gate: { load, verdict, tiers },
  };
}

function tierResult(
  { log }: GateState,
  { load, stopped }: GateResult,
  { tier, verdict, objectives }: GateTier,
  index: number,
): TierResult {
  const goodput = goodputByLoad(log, index)[0];
  const binding = objectives.toSorted(
    (a, b) => a.passNats - b.passNats || b.failNats - a.failNats,
  )[0];
  const bindingObjective = binding === undefined ? {} : { bindingObjective: binding.id };
  switch (verdict) {
    case 'pass': {
      const goodputRps = goodput === undefined ? {} : { goodputRps: goodput.rps };
      return { tier, outcome: 'unbounded_above', lower: load, ...goodputRps, ...bindingObjective };
    }
    case 'fail':
      return { tier, outcome: 'unbounded_below', upper: load, ...bindingObjective };
    case 'inconclusive':
      return {
        tier,
        outcome: 'undecided',
        ...bindingObjective,
        needs: needsOf(log, objectives, stopped),
      };
  }
}

function needsOf(
  log: readonly Observation[],
  objectives: GateTier['objectives'],
  stopped: string,
): string {
  if (stopped === 'missing_measurement') return 'the target does not give what the SLO measures';
  if (objectives.length === 0) return nothingCounted(log);
  const [fewest] = objectives.toSorted((a, b) => a.samples - b.samples);
  const samples = fewest?.samples ?? 0;
  // A request is a sample of a TTFT when the bound has passed: a burst shorter than it has none.
  if (samples === 0) return `more time at this load: it held no whole sample of ${fewest?.id}`;
  return `more samples at this load: ${samples} have not decided it`;
}

/**
 * All bursts of a gate have one load, so the newest against the others is a recheck without more load.
 * The verdict stands for the whole time, and the warning says that the time was not of one piece.
 */
function driftOf({ spec, log }: GateState): Warning[] {
  const state = { ...emptyState(spec), log };
  const suspicion = suspectDrift(state);
  if (suspicion === undefined) return [];
  const drift = judgeRecheck({ ...state, suspicion });
  return drift === undefined ? [] : [{ ...drift, droppedProbes: 0 }];
}

function missingOf({ spec, log }: GateState): Warning[] {
  const last = log.findLast((observation) => observation.end !== 'voided');
  return spec.tiers.flatMap((tier, t) =>
    tier.objectives.flatMap((objective, o): Warning[] => {
      const evidence = last?.evidence[t]?.[o];
      if (evidence?.kind !== 'missing') return [];
      const { reason } = evidence;
      return [{ kind: 'missing_measurement', tier: tier.name, objective: objective.id, reason }];
    }),
  );
}
