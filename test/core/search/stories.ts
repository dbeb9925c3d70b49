/**
 * The stories: one search each, on a simulated server or a formula, at a fixed seed. Each shows one
 * thing that the controller must do well, or does not do well yet; `truth` says what is so.
 */
import type { Axis } from '../../../src/core/base/axis.ts';
import type { SloTier } from '../../../src/core/policy/objective.ts';
import { parseTier } from '../../../src/core/policy/slo-parse.ts';
import { objectiveSpecOf } from '../../../src/core/probe/search-spec.ts';
import { toUnits } from '../../../src/core/search/load-grid.ts';
import type { SearchSpec } from '../../../src/core/search/spec.ts';
import type { WorkloadSpec } from '../../../src/core/workload/spec.ts';
import type { ServerModel } from '../../../src/sim/server-model.ts';
import { SERVERS, slowedFrom } from '../../../src/sim/servers.ts';
import { WORKLOADS } from '../../../src/sim/workloads.ts';
import { runVirtualSearch } from '../../bench/run-virtual.ts';
import { type StoryLine, tell } from './story.ts';
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
    next: line.after.decision ?? { kind: 'done' as const, result },
  }));
  return { lines, result };
}

type RunStory = ReturnType<typeof searchSynthetic>;

const CLOSED = 'concurrency' as const;
const OPEN = 'request_rate' as const;
const chatOn = (server: ServerModel): Story['target'] => ({
  kind: 'server',
  server,
  workload: WORKLOADS.chat,
});
const TPOT = 'p95(tpot) < 50 ms';
const TTFT = 'p99(ttft) < 300 ms';

/** A ratio that rises as a power of load / capacity. */
function power(bound: number, capacity: number, slope: number): (load: number) => number {
  return (load) => Math.min(1, bound * (load / capacity) ** slope);
}

export const STORIES: readonly Story[] = [
  {
    name: 'normal',
    title: 'The normal case: a closed loop, a steep curve',
    axis: CLOSED,
    range: [1, 512],
    slo: { chat: TPOT },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(SERVERS.fast),
    truth: '143.5 streams',
  },
  {
    name: 'open-loop',
    title: 'An open loop: Poisson arrivals, a backlog beyond the capacity',
    axis: OPEN,
    range: [0.5, 40],
    slo: { chat: TTFT },
    budgetS: 1_200,
    resolution: 0.2,
    seed: 'story',
    target: chatOn(SERVERS.fast),
    truth: '12.46 req/s',
  },
  {
    name: 'wall',
    title: 'A wall: 24 slots, the 25th stream waits',
    axis: CLOSED,
    range: [1, 128],
    slo: { chat: TTFT },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(SERVERS.slots24),
    truth: '24 streams',
  },
  {
    name: 'flat',
    title: 'A flat curve: few requests, few violations, no narrow bracket in this budget',
    axis: CLOSED,
    range: [1, 128],
    slo: { chat: 'p99(ttft) < 1500 ms' },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(SERVERS.slow),
    truth: '22.6 streams',
  },
  {
    name: 'drift',
    title: 'Drift: the server becomes 10 % slower at 300 s',
    axis: CLOSED,
    range: [1, 512],
    slo: { chat: TPOT },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(slowedFrom(SERVERS.fast, 300_000, 1.1)),
    truth: '143.5 streams before, 127.2 after',
  },
  {
    name: 'inversion',
    title: 'An inversion: evidence that a load passes, and that a lower one fails',
    axis: CLOSED,
    range: [1, 512],
    slo: { chat: TTFT },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: {
      kind: 'formula',
      formula: 'bad: 0.002 % below 60 streams, 0.4 % up to 299, 10 % from 300 on; 2,000 req/s',
      synthetic: {
        badRatio: (load) => (load < 60 ? 0.00002 : load < 300 ? 0.004 : 0.1),
        rps: () => 2_000,
        meanE2eMs: 1_000,
      },
    },
    truth: '299 streams; the plateau under the bound is not convex, which is assumed',
  },
  {
    name: 'failing-mode',
    title: 'Not monotone: a mode of the scheduler fails between loads that pass',
    axis: CLOSED,
    range: [1, 512],
    slo: { chat: TTFT },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: {
      kind: 'formula',
      formula: 'bad: 0.1 %, but 6 % from 40 to 70 streams and from 300 on; 20 req/s',
      synthetic: {
        badRatio: (load) => ((load >= 40 && load <= 70) || load >= 300 ? 0.06 : 0.001),
        rps: () => 20,
        meanE2eMs: 1_000,
      },
    },
    truth: '39 streams; short bursts of growing jump over the mode',
  },
  {
    name: 'cold-start',
    title: 'A cold start: the first minute is up to 2.5 times slower',
    axis: CLOSED,
    range: [1, 512],
    slo: { chat: TPOT },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(SERVERS.coldStarting),
    truth: '143.5 streams once warm',
  },
  {
    name: 'bistable',
    title: 'A bistable server: an overload outlives its cause',
    axis: CLOSED,
    range: [1, 128],
    slo: { chat: `${TTFT} and p95(tpot) < 20 ms` },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn({
      ...SERVERS.bistable,
      name: 'bistable, 24 slots: 1.6 times slower once 6 wait, until 8 are left',
      thrash: { enterWaiting: 6, leaveInFlight: 8, factor: 1.6 },
    }),
    truth: '24 streams when the load comes from below',
  },
  {
    name: 'admission-429',
    title: 'Admission: 64 run, 16 wait, the others get a 429',
    axis: CLOSED,
    range: [1, 256],
    slo: { chat: 'error_rate < 1%' },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(SERVERS.admission429),
    truth: '78.1 streams',
  },
  {
    name: 'admission-429-open',
    title: 'Admission in an open loop: 429 beyond 16 waiting',
    axis: OPEN,
    range: [0.5, 40],
    slo: { chat: 'p99(ttft) < 1 s and error_rate < 1%' },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(SERVERS.admission429),
    truth: '11.97 req/s',
  },
  {
    name: 'dies',
    title:
      'A target that dies at 250 s (the runner ends such a search; the controller alone goes on)',
    axis: CLOSED,
    range: [1, 512],
    slo: { chat: `${TPOT} and error_rate < 1%` },
    budgetS: 600,
    resolution: 0.1,
    seed: 'story',
    target: chatOn({ ...SERVERS.fast, name: 'fast, dead from 250 s', diesAtMs: 250_000 }),
    truth: '143.5 streams before, none after',
  },
  {
    name: 'passes-everywhere',
    title: 'A range that passes everywhere',
    axis: CLOSED,
    range: [1, 64],
    slo: { chat: TPOT },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(SERVERS.fast),
    truth: '143.5 streams, above the range',
  },
  {
    name: 'fails-everywhere',
    title: 'A range that fails everywhere',
    axis: CLOSED,
    range: [200, 512],
    slo: { chat: TPOT },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(SERVERS.fast),
    truth: '143.5 streams, below the range',
  },
  {
    name: 'missing',
    title: 'A missing measurement: no token counts, so no time per output token',
    axis: CLOSED,
    range: [1, 512],
    slo: { chat: `${TTFT} and ${TPOT}` },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: {
      kind: 'formula',
      formula: 'ttft crosses 1 % bad at 100 streams, tpot is not there; 20 req/s',
      synthetic: {
        badRatio: (load, id) => (id.includes('tpot') ? undefined : power(0.01, 100, 6)(load)),
        rps: () => 20,
        meanE2eMs: 1_000,
      },
    },
    truth: 'unknowable',
  },
  {
    name: 'two-tiers',
    title: 'Two tiers in one search: they share the probes',
    axis: CLOSED,
    range: [1, 512],
    slo: { gold: 'p95(tpot) < 30 ms', silver: TPOT },
    budgetS: 1_200,
    resolution: 0.1,
    seed: 'story',
    target: chatOn(SERVERS.fast),
    truth: '72.1 and 143.5 streams',
  },
];
