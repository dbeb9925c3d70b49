/**
 * Prints the true capacity of the cells, from long runs of the simulated server, in the form in which
 * `cells.ts` records it: `node test/bench/truth.ts [--requests N] [--seed TEXT] [cell ...]`
 */
import { parseArgs } from 'node:util';
import { findTrueCapacity } from '../../src/sim/true-capacity.ts';
import { CELLS, type Cell, cellNamed } from './cells.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: 'string', default: '300000' },
    seed: { type: 'string', default: 'truth' },
  },
});

function show(cell: Cell): void {
  const startedMs = performance.now();
  const truth = findTrueCapacity(
    { server: cell.steadyServer, workload: cell.workload, axis: cell.axis },
    cell.objectives,
    {
      minLoad: cell.minLoad,
      maxLoad: cell.maxLoad,
      requests: Number(values.requests),
      seed: values.seed,
    },
  );
  const tookS = ((performance.now() - startedMs) / 1_000).toFixed(1);
  if (truth.kind === 'none') {
    process.stdout.write(`  // ${cell.name}: the whole range ${truth.wholeRange} (${tookS} s)\n`);
    return;
  }
  const middle = truth.runs[Math.floor(truth.runs.length / 2)];
  const facts = [
    truth.binding,
    `slope ${truth.slope.toPrecision(2)}`,
    `${middle?.requestsPerSecond.toPrecision(3)} req/s`,
    `E2E ${((middle?.meanE2eMs ?? 0) / 1_000).toPrecision(2)} s`,
    `recorded ${cell.truth}`,
    `${tookS} s`,
  ];
  const error = truth.standardError.toPrecision(1);
  process.stdout.write(
    `  ${cell.name}: [${truth.load.toPrecision(5)}, ${error}], // ${facts.join(', ')}\n`,
  );
}

for (const cell of positionals.length > 0 ? positionals.map(cellNamed) : CELLS) show(cell);
