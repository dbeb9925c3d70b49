/**
 * A target whose rate of bad samples is a formula of load and time: what the search must find is then
 * known exactly, and things that no simulated server does on demand (an inversion, a measurement that
 * does not exist) can be asked of it. Draws are binomial by block, from a seed; `clusterSize` copies of
 * each draw give a known design effect.
 */
import { createRandom, type Random } from '../../../src/core/base/random.ts';
import type { SearchResult } from '../../../src/core/search/answer/result.ts';
import { begin, look, next } from '../../../src/core/search/controller.ts';
import type { ProbeDecision } from '../../../src/core/search/decision.ts';
import type { BurstEndReason, Observation } from '../../../src/core/search/observation.ts';
import type { SearchSpec } from '../../../src/core/search/spec.ts';
import type { SearchState } from '../../../src/core/search/state.ts';
import type { Evidence } from '../../../src/core/stats/evidence.ts';
import type { StoryLine } from '../../../src/view/story-line.ts';

export interface SyntheticTarget {
  /** Fraction of bad samples of an objective; undefined: the measurement does not exist. */
  readonly badRatio: (load: number, objectiveId: string, probe: number) => number | undefined;
  /** Samples a second at a load. */
  readonly rps: (load: number) => number;
  readonly meanE2eMs: number;
  readonly clusterSize?: number;
}

export interface SyntheticRun {
  readonly result: SearchResult;
  readonly log: readonly Observation[];
  readonly lines: readonly StoryLine[];
  readonly state: SearchState;
}

/** The controller and its in-burst rule against the formula. */
export function searchSynthetic(
  target: SyntheticTarget,
  spec: SearchSpec,
  seed: number | string,
): SyntheticRun {
  const random = createRandom(seed);
  const log: Observation[] = [];
  const lines: StoryLine[] = [];
  let { state, decision } = begin(spec);
  while (decision.kind === 'probe') {
    const decided = decision;
    const before = state;
    const observation = synthesise(target, spec, decided, random, (partial) => {
      const answer = look(before, decided, partial);
      return answer.kind === 'end' ? answer.reason : undefined;
    });
    log.push(observation);
    ({ state, decision } = next(state, observation));
    lines.push({ decided, observation, after: state, next: decision });
  }
  return { result: decision.result, log, lines, state };
}

/** One burst, looked into after every block. */
export function synthesise(
  target: SyntheticTarget,
  spec: SearchSpec,
  decided: ProbeDecision,
  random: Random,
  lookAt: (partial: Observation) => BurstEndReason | undefined = () => undefined,
): Observation {
  const blockMs = 2 * target.meanE2eMs;
  const perBlock = Math.max(1, Math.round((target.rps(decided.load) * blockMs) / 1_000));
  const counts = spec.tiers.map((tier) => tier.objectives.map(() => [] as number[]));
  let blocks = 0;
  let end: BurstEndReason = 'length';
  const observed = (): Observation =>
    observationOf(target, spec, decided, counts, { blocks, blockMs, perBlock, end });
  while ((blocks + 1) * blockMs <= Math.max(blockMs, decided.windowMs)) {
    blocks += 1;
    spec.tiers.forEach((tier, t) => {
      tier.objectives.forEach((objective, o) => {
        const ratio = target.badRatio(decided.load, objective.id, decided.probe);
        if (ratio !== undefined)
          counts[t]?.[o]?.push(drawn(random, perBlock, ratio, target.clusterSize ?? 1));
      });
    });
    const ended = lookAt(observed());
    if (ended === undefined) continue;
    end = ended;
    break;
  }
  return observed();
}

function drawn(random: Random, n: number, ratio: number, clusterSize: number): number {
  let bad = 0;
  for (let i = 0; i < n; i += clusterSize) {
    if (random.next() < ratio) bad += Math.min(clusterSize, n - i);
  }
  return bad;
}

function observationOf(
  target: SyntheticTarget,
  spec: SearchSpec,
  decided: ProbeDecision,
  counts: readonly (readonly (readonly number[])[])[],
  span: { blocks: number; blockMs: number; perBlock: number; end: BurstEndReason },
): Observation {
  const windowMs = span.blocks * span.blockMs;
  const requests = span.blocks * span.perBlock;
  const evidence = spec.tiers.map((tier, t) =>
    tier.objectives.map((objective, o): Evidence => {
      const ratio = target.badRatio(decided.load, objective.id, decided.probe);
      if (ratio === undefined) return { kind: 'missing', reason: 'no token counts in the stream' };
      const blocks = (counts[t]?.[o] ?? []).map((bad) => ({ n: span.perBlock, bad }));
      return { kind: 'ratio', blocks, weight: 1 };
    }),
  );
  return {
    probe: decided.probe,
    loadUnits: decided.loadUnits,
    end: span.end,
    loadMs: decided.settleMs + windowMs,
    windowMs,
    requests,
    outputTokens: 100 * requests,
    meanE2eMs: target.meanE2eMs,
    meanInFlight: (target.rps(decided.load) * target.meanE2eMs) / 1_000,
    completedRps: target.rps(decided.load),
    waiting: 0,
    worstRatiosOfBound: spec.tiers.map(() => 0),
    goodputRps: spec.tiers.map(() => target.rps(decided.load)),
    evidence,
    goodBlocks: spec.tiers.map(() => []),
    pace: [],
  };
}
