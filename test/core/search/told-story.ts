/** Runs a story, a search with its question and target, and tells it as text. */
import type { Axis } from '../../../src/core/base/axis.ts';
import type { SloTier } from '../../../src/core/policy/objective.ts';
import { parseTier } from '../../../src/core/policy/slo-parse.ts';
import { objectiveSpecOf } from '../../../src/core/probe/search-spec.ts';
import type { ProbeDecision } from '../../../src/core/search/decision.ts';
import { toUnits } from '../../../src/core/search/load-grid.ts';
import type { SearchSpec } from '../../../src/core/search/spec.ts';
import type { WorkloadSpec } from '../../../src/core/workload/spec.ts';
import type { ServerModel } from '../../../src/sim/server-model.ts';
import type { StoryLine } from '../../../src/view/story-line.ts';
import { runVirtualSearch } from '../../bench/run-virtual.ts';
import { tell } from './story.ts';
import { type SyntheticTarget, searchSynthetic } from './synthetic-target.ts';

export interface Question {
  readonly axis: Axis;
  readonly range: readonly [min: number, max: number];
  /** By tier name. */
  readonly slo: Readonly<Record<string, string>>;
  readonly budgetS: number;
  readonly resolution: number;
}

export interface Story extends Question {
  /** File name, without `.txt`. */
  readonly name: string;
  readonly title: string;
  readonly seed: string;
  /** The capacity in words, from long runs or from the formula. */
  readonly truth: string;
  readonly target:
    | { readonly kind: 'server'; readonly server: ServerModel; readonly workload: WorkloadSpec }
    | { readonly kind: 'formula'; readonly formula: string; readonly synthetic: SyntheticTarget };
}

export function tiersOf(question: Question): SloTier[] {
  return Object.entries(question.slo).map(([name, text]) => {
    const parsed = parseTier(name, text, '');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    return parsed.value;
  });
}

/** Only time is scarce in a story. */
const UNLIMITED = 1e9;

export function specOf(question: Question): SearchSpec {
  const { axis, range, budgetS, resolution } = question;
  return {
    axis,
    minUnits: toUnits(axis, range[0]),
    maxUnits: toUnits(axis, range[1]),
    tiers: tiersOf(question).map(({ name, objectives }) => ({
      name,
      objectives: objectives.map(objectiveSpecOf),
    })),
    confidence: 0.95,
    resolution,
    budget: { loadMs: budgetS * 1_000, requests: UNLIMITED, outputTokens: UNLIMITED },
  };
}

/** Runs the story and tells it. */
export function toldStory(story: Story): string {
  const spec = specOf(story);
  const { lines, result } = runStory(story, spec);
  const { axis, range, budgetS, resolution, target, truth } = story;
  const unit = axis === 'concurrency' ? 'streams' : 'req/s';
  const slo = Object.entries(story.slo).map(([name, text]) => `${name}: ${text}`);
  const facts = [
    ...slo,
    `${range[0]} to ${range[1]} ${unit}, ${budgetS} s of load, resolution ${100 * resolution} %`,
    `target: ${target.kind === 'server' ? target.server.name : target.formula}`,
    `truth: ${truth}`,
  ];
  return tell({ title: story.title, facts }, spec, lines, result);
}

function runStory(story: Story, spec: SearchSpec): Pick<RunStory, 'lines' | 'result'> {
  if (story.target.kind === 'formula') {
    return searchSynthetic(story.target.synthetic, spec, story.seed);
  }
  const { server, workload } = story.target;
  const told: Omit<StoryLine, 'next'>[] = [];
  const target = { server, workload, axis: story.axis };
  const { result } = runVirtualSearch(
    target,
    tiersOf(story),
    spec,
    story.seed,
    (decided, observation, after) => told.push({ decided, observation, after }),
  );
  const lines = told.map((line) => ({
    ...line,
    next: decisionOf(line.after) ?? { kind: 'done' as const, result },
  }));
  return { lines, result };
}

/** The probe that runs after it; a story is one of a search. */
function decisionOf(state: StoryLine['after']): ProbeDecision | undefined {
  return state.kind === 'search' ? state.decision : undefined;
}

type RunStory = ReturnType<typeof searchSynthetic>;
