/**
 * Searches to draw and to report, measured by the real controller on the simulated server in virtual
 * time: nothing in them is made up, only what the caller changes afterwards.
 */
import type { BurstSnapshot } from '../../src/core/metrics/burst-snapshot.ts';
import type { Question } from '../../src/core/policy/question.ts';
import { parseTier } from '../../src/core/policy/slo-parse.ts';
import { observe } from '../../src/core/probe/observe.ts';
import type { ProbeReport } from '../../src/core/probe/probe-report.ts';
import { report } from '../../src/core/probe/report.ts';
import { searchSpecOf } from '../../src/core/probe/search-spec.ts';
import type { SearchResult } from '../../src/core/search/answer/result.ts';
import { begin, conclude, look, next } from '../../src/core/search/controller.ts';
import type { BurstEndReason } from '../../src/core/search/observation.ts';
import type { ServerModel } from '../../src/sim/server-model.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import { openVirtualSession } from '../../src/sim/virtual-session.ts';
import { WORKLOADS } from '../../src/sim/workloads.ts';
import { type TailCurve, tailCurve, tailQuestion } from '../../src/view/plots/tail-curve.ts';
import { tailProbes } from '../../src/view/plots/tail-probes.ts';
import { question } from './search-facts.fixture.ts';

export interface Asked {
  readonly server?: ServerModel;
  /** Name and SLO text of each tier. */
  readonly tiers: Readonly<Record<string, string>>;
  readonly change?: Partial<Question>;
  /** Ends the search after so many probes, as a cancel would. */
  readonly maxProbes?: number;
}

export interface Measured {
  readonly question: Question;
  readonly result: SearchResult | undefined;
  readonly probes: readonly ProbeReport[];
  readonly tails: readonly TailCurve[];
}

/** A fixed instant: 2026-11-24T02:00:00Z. */
export const STARTED_AT_MS = 1_795_572_000_000;
/** Between two bursts of a real search: the drain and the writing down. */
const PAUSE_MS = 1_500;

export function measure(asked: Asked): Measured {
  const asks = askedQuestion(asked);
  const spec = searchSpecOf(asks);
  const session = openVirtualSession({
    server: asked.server ?? SERVERS.demo,
    workload: asks.workload,
    axis: asks.axis,
    seed: 7,
  });
  const probes: ProbeReport[] = [];
  const snapshots: BurstSnapshot[] = [];
  let result: SearchResult | undefined;
  let atMs = STARTED_AT_MS;
  let { state, decision } = begin(spec);
  while (decision.kind === 'probe' && probes.length < (asked.maxProbes ?? 60)) {
    const running = decision;
    const before = state;
    let end: BurstEndReason = 'length';
    const observed = (snapshot: BurstSnapshot, reason: BurstEndReason) =>
      observe({ snapshot, decision: running, tiers: asks.tiers, end: reason });
    const snapshot = session.burst(running, (partial) => {
      const answer = look(before, running, observed(partial, 'length'));
      if (answer.kind === 'continue') return 'continue';
      end = answer.reason;
      return 'end';
    });
    const observation = observed(snapshot, end);
    const { axis, tiers, confidence, workload } = asks;
    const about = { axis, tiers, confidence, workload, attempt: 1, startedAtMs: atMs };
    probes.push(report({ ...about, snapshot, observation, decision: running }));
    snapshots.push(snapshot);
    atMs += observation.loadMs + PAUSE_MS;
    ({ state, decision } = next(state, observation));
    result = decision.kind === 'done' ? decision.result : conclude(state, 'cancelled');
  }
  return { question: asks, result, probes, tails: tailsOf(asks, result, probes, snapshots) };
}

function askedQuestion({ tiers, change }: Asked): Question {
  return question({
    tiers: Object.entries(tiers).map(([name, text]) => {
      const parsed = parseTier(name, text, '');
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
      return parsed.value;
    }),
    maxLoad: 256,
    workload: WORKLOADS.demo,
    budget: { loadSeconds: 120, requests: 1e6, outputTokens: 1e8 },
    ...change,
  });
}

function tailsOf(
  asks: Question,
  result: SearchResult | undefined,
  probes: readonly ProbeReport[],
  snapshots: readonly BurstSnapshot[],
): TailCurve[] {
  return asks.tiers.flatMap((tier) => {
    const found = result?.tiers.find((each) => each.tier === tier.name);
    return tailProbes(asks, result, probes, tier.name).map(({ side, load, probes: chosen }) => {
      const numbers = chosen.map((probe) => probe.probe);
      const of = numbers.flatMap((number) => snapshots[number] ?? []);
      const about = tailQuestion(tier, found?.bindingObjective);
      return tailCurve({ tier: tier.name, side, load, probes: numbers }, about, of);
    });
  });
}
