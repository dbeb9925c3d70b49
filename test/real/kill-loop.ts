/**
 * `node test/real/kill-loop.ts --kills 100 [--seed 1] [--max-life-ms 6000]`: kills the service at
 * random moments over running searches and prints what held. Ends with 1 when anything did not.
 */
import { parseArgs } from 'node:util';
import { runKills } from '../service/kill-run.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    'max-life-ms': { type: 'string', default: '6000' },
    'load-seconds': { type: 'string', default: '30' },
  },
});

const report = await runKills({
  kills: Number(values.kills),
  seed: Number(values.seed),
  maxLifeMs: Number(values['max-life-ms']),
  loadSeconds: Number(values['load-seconds']),
  say: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.exitCode = report.violations.length === 0 ? 0 : 1;
