/**
 * Runs the production controller and stopping rule against the simulated server in virtual time: the
 * same `begin`, `next`, `look` and `observe` as the service, with a synchronous driver of load.
 */
import type { Axis } from '../../src/core/base/axis.ts';
import type { SloTier } from '../../src/core/policy/objective.ts';
import { observe } from '../../src/core/probe/observe.ts';
import type { SearchResult } from '../../src/core/search/answer/result.ts';
import { begin, look, next } from '../../src/core/search/controller.ts';
import type { ProbeDecision } from '../../src/core/search/decision.ts';
import type { BurstEndReason, Observation } from '../../src/core/search/observation.ts';
import type { SearchSpec } from '../../src/core/search/spec.ts';
import type { SearchState } from '../../src/core/search/state.ts';
import type { WorkloadSpec } from '../../src/core/workload/spec.ts';
import type { ServerModel } from '../../src/sim/server-model.ts';
import { openVirtualSession } from '../../src/sim/virtual-session.ts';

export interface VirtualTarget {
  readonly server: ServerModel;
  readonly workload: WorkloadSpec;
  readonly axis: Axis;
}

export interface VirtualRun {
  readonly result: SearchResult;
  readonly log: readonly Observation[];
  readonly decisions: readonly ProbeDecision[];
}

/** `onProbe` sees each decision with what came of it (story traces, debugging). */
export function runVirtualSearch(
  target: VirtualTarget,
  tiers: readonly SloTier[],
  spec: SearchSpec,
  seed: number | string,
  onProbe?: (decision: ProbeDecision, observation: Observation, after: SearchState) => void,
): VirtualRun {
  const session = openVirtualSession({ ...target, seed });
  const log: Observation[] = [];
  const decisions: ProbeDecision[] = [];
  let { state, decision } = begin(spec);
  while (decision.kind === 'probe') {
    const running = decision;
    const before = state;
    let end: BurstEndReason = 'length';
    let lastE2eMs = log.at(-1)?.meanE2eMs;
    const snapshot = session.burst(running, (partialSnapshot) => {
      const partial = observe({
        snapshot: partialSnapshot,
        decision: running,
        tiers,
        end: 'length',
        ...(lastE2eMs === undefined ? {} : { lastE2eMs }),
      });
      const answer = look(before, running, partial);
      if (answer.kind === 'continue') return 'continue';
      end = answer.reason;
      return 'end';
    });
    lastE2eMs = log.at(-1)?.meanE2eMs;
    const observation = observe({
      snapshot,
      decision: running,
      tiers,
      end,
      ...(lastE2eMs === undefined ? {} : { lastE2eMs }),
    });
    log.push(observation);
    decisions.push(running);
    ({ state, decision } = next(state, observation));
    onProbe?.(running, observation, state);
  }
  return { result: decision.result, log, decisions };
}
