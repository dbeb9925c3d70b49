/**
 * The cells of the bench: server, workload, axis, range and question, with the truth that long runs
 * gave. A to K are those on which the controller was developed; how far the others were looked at, README.md says.
 * The truths are those that `node test/bench/truth.ts [cell ...]` prints; run it again when a server,
 * a workload or the simulator changes.
 */
import type { Axis } from '../../src/core/base/axis.ts';
import type { WorkloadSpec } from '../../src/core/workload/spec.ts';
import type { ServerModel } from '../../src/sim/server-model.ts';
import { SERVERS, slowedFrom } from '../../src/sim/servers.ts';
import {
  attainment,
  errorRate,
  tpotQuantile,
  ttftQuantile,
} from '../../src/sim/steady-objectives.ts';
import type { SteadyObjective } from '../../src/sim/steady-state.ts';
import { WORKLOADS } from '../../src/sim/workloads.ts';

export interface Cell {
  readonly name: string;
  readonly title: string;
  /** The controller was developed on it. */
  readonly tuned: boolean;
  readonly server: ServerModel;
  /** The server whose capacity is the truth, where that is another: after a drift. */
  readonly steadyServer: ServerModel;
  readonly workload: WorkloadSpec;
  readonly axis: Axis;
  readonly minLoad: number;
  readonly maxLoad: number;
  readonly objectives: readonly SteadyObjective[];
  /** The objectives as an SLO text. */
  readonly slo: string;
  /** The load where the binding objective crosses its limit, and the standard error of that. */
  readonly truth: number;
  readonly truthError: number;
}

type CellNumbers = Omit<Cell, 'slo' | 'steadyServer' | 'tuned' | 'truth' | 'truthError'> &
  Partial<Pick<Cell, 'steadyServer'>>;

const CLOSED = 'concurrency' as const;
const OPEN = 'request_rate' as const;

/**
 * Capacity and its standard error: means, weighted by their errors, of runs of `truth.ts` with its defaults and with
 * `--requests 2400000` on the seeds truth2 and, for A to E, H to J, L to N, Q and T, truth3. Shorter runs left C, E and
 * Q 0.3 to 0.4 % too low, and as many good lower bounds counted as wrong.
 */
const TRUTHS: Readonly<Record<string, readonly [load: number, standardError: number]>> = {
  A: [177.58, 0.2], // slope 2.7, 17.0 req/s
  B: [143.57, 0.06], // slope 21, 16.3 req/s
  C: [12.495, 0.01], // slope 5.1
  D: [22.75, 0.07], // slope 0.98, 1.71 req/s
  E: [15.475, 0.01], // slope 4.8 (a knee), 4.07 req/s
  F: [0.7016, 0.003], // slope 1.1
  G: [24.712, 0.01], // a wall, 8.75 req/s
  H: [143.57, 0.06], // bound by TPOT
  I: [142.8, 0.06], // slope 19
  J: [127.16, 0.03], // slope 19, 14.5 req/s
  K: [10.322, 0.01], // slope 4.3
  L: [93.59, 0.03], // bound by TPOT, slope 14, 8.91 req/s
  M: [202.23, 0.05], // slope 26, 27.6 req/s
  N: [13.618, 0.006], // slope 4.3
  O: [0.4175, 0.0005], // slope 2.3
  P: [5.8254, 0.003], // a wall, 1.22 req/s
  Q: [12.019, 0.007], // bound by TTFT, slope 28
  R: [254.31, 0.02], // a wall of 256 slots, 17.2 req/s
  S: [78.097, 0.009], // a wall, 13.5 req/s
  T: [16.16, 0.01], // slope 14
  demo: [73.344, 0.03], // slope 79, 134 req/s
};

/** Without a recorded truth there is nothing to judge by. */
function cell(numbers: CellNumbers, tuned: boolean): Cell {
  const [truth, truthError] = TRUTHS[numbers.name] ?? [Number.NaN, Number.NaN];
  const slo = numbers.objectives.map((objective) => objective.text).join(' and ');
  return { steadyServer: numbers.server, ...numbers, tuned, slo, truth, truthError };
}

const fastChat = { server: SERVERS.fast, workload: WORKLOADS.chat } as const;
const slowChat = { server: SERVERS.slow, workload: WORKLOADS.chat } as const;
const closedFast = { ...fastChat, axis: CLOSED, minLoad: 1, maxLoad: 512 } as const;
const openFast = { ...fastChat, axis: OPEN, minLoad: 0.5, maxLoad: 40 } as const;
const ttft300 = ttftQuantile(99, 300);
const tpot50 = tpotQuantile(95, 50);
/** Drift of J and K: a tenth slower, as with a neighbour on the machine or a hot card. */
const DRIFT = 1.1;

const TUNED: readonly CellNumbers[] = [
  { name: 'A', title: 'fast, chat, closed, TTFT', ...closedFast, objectives: [ttft300] },
  { name: 'B', title: 'fast, chat, closed, TPOT', ...closedFast, objectives: [tpot50] },
  { name: 'C', title: 'fast, chat, Poisson, TTFT', ...openFast, objectives: [ttft300] },
  {
    name: 'D',
    title: 'slow, chat, closed, TTFT',
    ...slowChat,
    axis: CLOSED,
    minLoad: 1,
    maxLoad: 128,
    objectives: [ttftQuantile(99, 1_500)],
  },
  {
    name: 'E',
    title: 'KV-bound, RAG, closed, TTFT',
    server: SERVERS.kvBound,
    workload: WORKLOADS.rag,
    axis: CLOSED,
    minLoad: 1,
    maxLoad: 128,
    objectives: [ttftQuantile(95, 400)],
  },
  {
    name: 'F',
    title: 'slow, chat, Poisson, TTFT',
    ...slowChat,
    axis: OPEN,
    minLoad: 0.1,
    maxLoad: 10,
    objectives: [ttftQuantile(99, 1_500)],
  },
  {
    name: 'G',
    title: '24 slots, chat, closed, TTFT',
    server: SERVERS.slots24,
    workload: WORKLOADS.chat,
    axis: CLOSED,
    minLoad: 1,
    maxLoad: 128,
    objectives: [ttft300],
  },
  { name: 'H', title: 'TTFT and TPOT', ...closedFast, objectives: [ttft300, tpot50] },
  { name: 'I', title: 'attainment', ...closedFast, objectives: [attainment(300, 50, 95)] },
  {
    name: 'J',
    title: 'B, 10 % slower from 300 s',
    ...closedFast,
    server: slowedFrom(SERVERS.fast, 300_000, DRIFT),
    steadyServer: slowedFrom(SERVERS.fast, 0, DRIFT),
    objectives: [tpot50],
  },
  {
    name: 'K',
    title: 'C, 10 % slower from 600 s',
    ...openFast,
    server: slowedFrom(SERVERS.fast, 600_000, DRIFT),
    steadyServer: slowedFrom(SERVERS.fast, 0, DRIFT),
    objectives: [ttft300],
  },
];

const HELD_OUT: readonly CellNumbers[] = [
  {
    name: 'L',
    title: 'dense 70B, chat, closed, TTFT and TPOT',
    server: SERVERS.dense70b,
    workload: WORKLOADS.chat,
    axis: CLOSED,
    minLoad: 1,
    maxLoad: 512,
    objectives: [ttftQuantile(99, 800), tpotQuantile(95, 60)],
  },
  {
    name: 'M',
    title: 'experts, chat, closed, TPOT',
    server: SERVERS.moe,
    workload: WORKLOADS.chat,
    axis: CLOSED,
    minLoad: 1,
    maxLoad: 512,
    objectives: [tpotQuantile(95, 40)],
  },
  {
    name: 'N',
    title: 'experts, code completion, Poisson, TTFT',
    server: SERVERS.moe,
    workload: WORKLOADS.code,
    axis: OPEN,
    minLoad: 0.5,
    maxLoad: 60,
    objectives: [ttftQuantile(95, 300)],
  },
  {
    name: 'O',
    title: 'long documents, Poisson, TTFT',
    server: SERVERS.longContext,
    workload: WORKLOADS.documents,
    axis: OPEN,
    minLoad: 0.05,
    maxLoad: 3,
    objectives: [ttftQuantile(95, 4_000)],
  },
  {
    name: 'P',
    title: 'four slots on a CPU, closed, TTFT',
    server: SERVERS.edgeCpu,
    workload: WORKLOADS.edge,
    axis: CLOSED,
    minLoad: 1,
    maxLoad: 32,
    objectives: [ttftQuantile(95, 3_000)],
  },
  {
    name: 'Q',
    title: '429 beyond 16 waiting, Poisson, TTFT and errors',
    server: SERVERS.admission429,
    workload: WORKLOADS.chat,
    axis: OPEN,
    minLoad: 0.5,
    maxLoad: 40,
    objectives: [ttftQuantile(99, 1_000), errorRate(1)],
  },
  {
    name: 'R',
    title: 'stalls of 0.6 s, closed, TTFT',
    server: SERVERS.stalling,
    workload: WORKLOADS.chat,
    axis: CLOSED,
    minLoad: 1,
    maxLoad: 512,
    objectives: [ttftQuantile(99, 500)],
  },
  {
    name: 'S',
    title: '429 beyond 80 streams, closed, errors',
    server: SERVERS.admission429,
    workload: WORKLOADS.chat,
    axis: CLOSED,
    minLoad: 1,
    maxLoad: 256,
    objectives: [errorRate(1)],
  },
  {
    name: 'T',
    title: 'fast, chat, constant arrivals, TTFT',
    server: SERVERS.fast,
    workload: { ...WORKLOADS.chat, arrivals: { kind: 'constant' } },
    axis: OPEN,
    minLoad: 0.5,
    maxLoad: 40,
    objectives: [ttft300],
  },
  {
    name: 'demo',
    title: 'the demo: waits for a slot, closed, TTFT',
    server: SERVERS.demo,
    workload: WORKLOADS.demo,
    axis: CLOSED,
    minLoad: 1,
    maxLoad: 256,
    objectives: [ttftQuantile(99, 500)],
  },
];

export const CELLS: readonly Cell[] = [
  ...TUNED.map((numbers) => cell(numbers, true)),
  ...HELD_OUT.map((numbers) => cell(numbers, false)),
];

export function cellNamed(name: string): Cell {
  const found = CELLS.find((known) => known.name === name);
  if (found === undefined) throw new Error(`no cell ${name}`);
  return found;
}
