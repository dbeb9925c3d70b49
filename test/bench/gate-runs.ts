/** The gate on the simulated server: how long it takes to say yes or no at a share of the truth. */
import type { SloTier } from '../../src/core/policy/objective.ts';
import { observe } from '../../src/core/probe/observe.ts';
import type { GateVerdict } from '../../src/core/search/answer/result.ts';
import { beginGate, lookGate, nextGate } from '../../src/core/search/gate/gate.ts';
import { toUnits } from '../../src/core/search/load-grid.ts';
import type { BurstEndReason } from '../../src/core/search/observation.ts';
import type { SearchSpec } from '../../src/core/search/spec.ts';
import { openVirtualSession } from '../../src/sim/virtual-session.ts';
import type { VirtualTarget } from './run-virtual.ts';
import { quantileOf } from './scores.ts';

export interface GateRun {
  readonly verdict: GateVerdict;
  readonly loadSeconds: number;
}

export interface GateScore {
  readonly cell: string;
  readonly load_over_truth: number;
  readonly seeds: number;
  readonly load_seconds_p50: number;
  readonly pass_ratio: number;
  readonly fail_ratio: number;
  readonly inconclusive_ratio: number;
  /** Passed above the truth, failed below it. */
  readonly false_pass_ratio: number;
  readonly false_fail_ratio: number;
}

export function runGate(
  target: VirtualTarget,
  tiers: readonly SloTier[],
  spec: SearchSpec,
  load: number,
  seed: string,
): GateRun {
  const session = openVirtualSession({ ...target, seed });
  let { state, decision } = beginGate(spec, toUnits(spec.axis, load));
  while (decision.kind === 'probe') {
    const running = decision;
    const before = state;
    const lastE2eMs = state.log.at(-1)?.meanE2eMs;
    const known = lastE2eMs === undefined ? {} : { lastE2eMs };
    let end: BurstEndReason = 'length';
    const snapshot = session.burst(running, (partial) => {
      const seen = observe({ snapshot: partial, decision: running, tiers, end, ...known });
      const look = lookGate(before, seen);
      if (look.kind === 'continue') return 'continue';
      end = look.reason;
      return 'end';
    });
    const seen = observe({ snapshot, decision: running, tiers, end, ...known });
    ({ state, decision } = nextGate(state, seen));
  }
  return { verdict: decision.result.verdict, loadSeconds: decision.result.loadSeconds };
}

export function scoreGates(cell: string, share: number, runs: readonly GateRun[]): GateScore {
  const ratio = (verdict: GateVerdict): number =>
    runs.filter((run) => run.verdict === verdict).length / runs.length;
  return {
    cell,
    load_over_truth: share,
    seeds: runs.length,
    load_seconds_p50:
      quantileOf(
        runs.map((run) => run.loadSeconds),
        0.5,
      ) ?? 0,
    pass_ratio: ratio('pass'),
    fail_ratio: ratio('fail'),
    inconclusive_ratio: ratio('inconclusive'),
    false_pass_ratio: share > 1 ? ratio('pass') : 0,
    false_fail_ratio: share < 1 ? ratio('fail') : 0,
  };
}
