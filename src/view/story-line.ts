/**
 * A search told line by line, `observation -> decision`: which probe, at which load, how it ended, what
 * each objective showed, what is then believed, and what is done next and why. Stories in tests and
 * replays of stored searches share this wording, so that one can be laid beside the other.
 */

import type { SearchResult, TierResult, Warning } from '../core/search/answer/result.ts';
import { type CourseState, standingOfCourse } from '../core/search/course.ts';
import type { Decision, ProbeDecision } from '../core/search/decision.ts';
import type { Observation } from '../core/search/observation.ts';
import type { ObjectiveSpec, SearchSpec } from '../core/search/spec.ts';
import { loadText, type SearchState } from '../core/search/state.ts';
import type { Evidence } from '../core/stats/evidence.ts';

export interface StoryLine {
  readonly decided: ProbeDecision;
  readonly observation: Observation;
  readonly after: CourseState;
  readonly next: Decision;
}

/** Before the first observation: what is done first. */
export function openingLine(spec: SearchSpec, first: Decision): string {
  return `begin -> ${nextOf(spec, first)}`;
}

export function storyLine(
  spec: SearchSpec,
  { decided, observation, after, next }: StoryLine,
): string {
  const seconds = `${num(observation.loadMs / 1_000)} s`;
  const where = `${decided.probe} ${decided.phase} ${loadText(spec, observation.loadUnits)}`;
  const shown = spec.tiers
    .map((tier, t) =>
      tier.objectives.map((o, i) => shownBy(o, observation.evidence[t]?.[i])).join(', '),
    )
    .join(' / ');
  return `${where}: ${observation.end} after ${seconds}, ${shown}; ${after.kind === 'gate' ? weighed(after) : beliefOf(spec, after)} -> ${nextOf(spec, next)}`;
}

/** `p99(ttft) 3 of 610 bad (0.5 of the bound)`. */
function shownBy(objective: ObjectiveSpec, evidence: Evidence | undefined): string {
  const name = objective.id;
  if (evidence === undefined) return `${name} nothing`;
  if (evidence.kind === 'missing') return `${name} not measured`;
  if (evidence.kind === 'ratio') {
    const n = sum(evidence.blocks, (block) => block.n);
    const bad = sum(evidence.blocks, (block) => block.bad);
    if (n === 0 || objective.kind !== 'ratio') return `${name} 0 of 0 bad`;
    return `${name} ${bad} of ${n} bad (${num(bad / n / objective.missRatio)} of the bound)`;
  }
  if (evidence.kind === 'mean') {
    const n = sum(evidence.blocks, (block) => block.n);
    return `${name} mean ${num(sum(evidence.blocks, (block) => block.sum) / Math.max(1, n))} of ${n}`;
  }
  const seconds = sum(evidence.blocks, (block) => block.seconds);
  return `${name} ${num(sum(evidence.blocks, (block) => block.good) / Math.max(1e-9, seconds))} req/s`;
}

/** `about 143 in [121, 160]`, by tier; `-` is a bound that does not stand. */
function beliefOf(spec: SearchSpec, { standings, suspicion }: SearchState): string {
  if (standings.length === 0) return 'nothing known';
  const suspected = suspicion === undefined ? '' : `, change suspected at ${suspicion.boundary}`;
  const tiers = standings.map((standing) => {
    const estimate = num(Math.exp(standing.lnEstimate));
    const [low, high] = [standing.lowerUnits, standing.upperUnits].map((units) =>
      units === undefined ? '-' : loadText(spec, units),
    );
    return `about ${estimate} in [${low}, ${high}]`;
  });
  return tiers.join(' / ') + suspected;
}

/** `inconclusive: p99(ttft) 2.1 nats for, 0 against`: what a gate has so far. */
function weighed(state: CourseState): string {
  const tiers = standingOfCourse(state).gate?.tiers ?? [];
  return tiers
    .map(({ verdict, objectives }) => {
      const nats = objectives.map(
        (o) => `${o.id} ${num(o.passNats)} nats for, ${num(o.failNats)} against`,
      );
      return [verdict, ...nats].join(', ');
    })
    .join(' / ');
}

function nextOf(spec: SearchSpec, next: Decision): string {
  if (next.kind === 'done') return `done: ${next.result.stopped}`;
  const window = `${num(next.windowMs / 1_000)} s`;
  return `${next.phase} ${loadText(spec, next.loadUnits)} for ${window}: ${next.reason}`;
}

/** The answer, a line for each tier and warning. */
export function answerLines(spec: SearchSpec, result: SearchResult): string[] {
  const unit = spec.axis === 'concurrency' ? 'streams' : 'req/s';
  return [
    `answer after ${num(result.loadSeconds)} s, ${result.probes} probes: ${result.stopped}`,
    ...result.tiers.map((tier) => `  ${tierText(tier, unit)}`),
    ...result.warnings.map((warning) => `  warning: ${warningText(warning)}`),
  ];
}

function tierText(tier: TierResult, unit: string): string {
  const bracket = `[${tier.lower ?? '-'}, ${tier.upper ?? '-'}] ${unit}`;
  const whole = tier.wholeRange === undefined ? '' : `, the whole range ${tier.wholeRange}`;
  const estimate = tier.estimate === undefined ? '' : `, about ${num(tier.estimate.load)}`;
  const needs = tier.needs === undefined ? '' : `; ${tier.needs}`;
  return `${tier.tier}: ${tier.outcome} ${bracket}${estimate}${whole}${needs}`;
}

function warningText(warning: Warning): string {
  const { kind, ...facts } = warning;
  const told = Object.entries(facts).map(([name, value]) => {
    return `${name} ${typeof value === 'number' ? num(value) : value}`;
  });
  return `${kind}, ${told.join(', ')}`;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/** Three digits: enough to judge, few enough that the last bits of a float do not show. */
function num(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}
