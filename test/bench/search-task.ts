/** One unit of the search bench's work: some seeds of one strategy on one cell, in a worker thread. */
import type { Question } from '../../src/core/policy/question.ts';
import { parseSlo } from '../../src/core/policy/slo-parse.ts';
import { searchSpecOf } from '../../src/core/probe/search-spec.ts';
import { type Cell, cellNamed } from './cells.ts';
import { type GateRun, runGate } from './gate-runs.ts';
import { type OraclePoint, oracleSeconds } from './oracle.ts';
import { bisect, sweep } from './peer-strategies.ts';
import { runVirtualSearch } from './run-virtual.ts';
import type { RunAnswer } from './scores.ts';

export type Task =
  | {
      readonly kind: 'runs';
      readonly cell: string;
      readonly strategy: string;
      readonly budgetS: number;
      readonly resolution: number;
      readonly seeds: readonly string[];
    }
  | {
      readonly kind: 'gate';
      readonly cell: string;
      readonly share: number;
      readonly budgetS: number;
      readonly seeds: readonly string[];
    }
  | {
      readonly kind: 'oracle';
      readonly cell: string;
      readonly width: number;
      readonly capS: number;
      readonly seeds: readonly string[];
    };

export type TaskAnswer =
  | { readonly kind: 'runs'; readonly runs: readonly RunAnswer[] }
  | { readonly kind: 'gate'; readonly gates: readonly GateRun[] }
  | { readonly kind: 'oracle'; readonly point: OraclePoint };

const CONFIDENCE = 0.95;
/** A gate has no resolution; the question wants one. */
const GATE_RESOLUTION = 0.1;
/** Requests and tokens do not end a search of the bench: its budget is time. */
const UNLIMITED = 1e9;

export function questionOf(cell: Cell, budgetS: number, resolution: number): Question {
  const parsed = parseSlo(cell.slo);
  if (!parsed.ok) throw new Error(`cell ${cell.name}: ${JSON.stringify(parsed.error)}`);
  return {
    target: { baseUrl: 'http://127.0.0.1/v1', dialect: 'auto' },
    tiers: [{ name: 'slo', text: cell.slo, objectives: parsed.value }],
    axis: cell.axis,
    minLoad: cell.minLoad,
    maxLoad: cell.maxLoad,
    workload: cell.workload,
    budget: { loadSeconds: budgetS, requests: UNLIMITED, outputTokens: UNLIMITED },
    confidence: CONFIDENCE,
    resolution,
    seed: 0,
    labels: {},
  };
}

export function runTask(task: Task): TaskAnswer {
  const cell = cellNamed(task.cell);
  const target = { server: cell.server, workload: cell.workload, axis: cell.axis };
  if (task.kind === 'oracle') {
    const question = questionOf(cell, UNLIMITED, 0.1);
    const spec = searchSpecOf(question);
    const capMs = task.capS * 1_000;
    const point = oracleSeconds(
      target,
      question.tiers,
      spec,
      cell.truth,
      task.width,
      task.seeds,
      capMs,
    );
    return { kind: 'oracle', point };
  }
  if (task.kind === 'gate') {
    const question = questionOf(cell, task.budgetS, GATE_RESOLUTION);
    const spec = searchSpecOf(question);
    const load = cell.truth * task.share;
    const run = (seed: string): GateRun => runGate(target, question.tiers, spec, load, seed);
    return { kind: 'gate', gates: task.seeds.map(run) };
  }
  const question = questionOf(cell, task.budgetS, task.resolution);
  const spec = searchSpecOf(question);
  const runs = task.seeds.map((seed): RunAnswer => {
    if (task.strategy.startsWith('bisect-')) {
      const burstMs = Number(task.strategy.slice('bisect-'.length)) * 1_000;
      return bisect(target, question.tiers, spec, seed, burstMs);
    }
    if (task.strategy === 'sweep') return sweep(target, question.tiers, spec, seed);
    return plimsoll(target, question, spec, seed);
  });
  return { kind: 'runs', runs };
}

function plimsoll(
  target: Parameters<typeof runVirtualSearch>[0],
  question: Question,
  spec: Parameters<typeof runVirtualSearch>[2],
  seed: string,
): RunAnswer {
  const { result } = runVirtualSearch(target, question.tiers, spec, seed);
  const tier = result.tiers[0];
  return {
    ...(tier?.lower === undefined ? {} : { lower: tier.lower }),
    ...(tier?.upper === undefined ? {} : { upper: tier.upper }),
    ...(tier?.estimate === undefined ? {} : { estimate: tier.estimate.load }),
    loadSeconds: result.loadSeconds,
    probes: result.probes,
    requests: result.requests,
    driftSeen: result.warnings.some((warning) => warning.kind === 'drift'),
  };
}
