/**
 * `npm run bench:client`: what our client costs and how true its times are, beside the `openai`
 * package's stream, plain `fetch` and a raw socket, against a scripted target in a process of its own
 * that keeps the time of every write. Figures are of this machine at this moment: compare the rows of one run.
 *
 *   --quick         under a minute
 *   --out FILE      the result as JSON in a file instead of on stdout
 *
 * Instead of the table, one of:
 *   --floor         only ours beside the raw socket at 1,024 streams, and the send lag at 500/s, in turns:
 *                   medians, for a machine that has other work
 *   --bursts        all streams write at the same instant, as continuous batching does
 *   --generators N  one to N generators for one load, and the most that each number keeps up with
 *   --minutes N     so long at half load: does anything grow?
 *   --canary        windows with known errors: what the rules of validity say of each
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bursts } from './client/bursts.ts';
import { canaryWindows } from './client/canary-windows.ts';
import { floor } from './client/floor.ts';
import { generatorCounts } from './client/generator-counts.ts';
import { type BenchTarget, startTarget } from './client/processes.ts';
import { soak } from './client/soak.ts';
import { table } from './client/table.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    floor: { type: 'boolean', default: false },
    bursts: { type: 'boolean', default: false },
    generators: { type: 'string' },
    minutes: { type: 'string' },
    canary: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});

function run(target: BenchTarget): Promise<unknown> {
  const { quick } = options;
  if (options.floor) return floor(target);
  if (options.bursts) return bursts(target, quick);
  if (options.canary) return canaryWindows(target, quick);
  if (options.generators !== undefined) {
    return generatorCounts(target, numberOf(options.generators, 1, 16));
  }
  if (options.minutes !== undefined) return soak(target, numberOf(options.minutes, 0.5, 600));
  return table(target, quick);
}

function numberOf(text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new Error(`${text}: a number from ${least} to ${most} was expected`);
}

const target = await startTarget();
try {
  const text = `${JSON.stringify(await run(target), undefined, 2)}\n`;
  if (options.out === undefined) process.stdout.write(text);
  else writeFileSync(options.out, text);
} finally {
  target.stop();
}
