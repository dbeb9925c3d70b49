/**
 * Real processes, real kills: the service is killed three times over a running search and carries it
 * on each time. Waits for bursts of real load, which settle for seconds: there is no virtual time here.
 * `test/real/kill-loop.ts` is the same for a hundred kills.
 */
import { expect, test } from 'vitest';
import { runKills } from './kill-run.ts';

test('kill -9: nothing finished is lost or run twice, no generator lives on', {
  timeout: 240_000,
}, async () => {
  const lines: string[] = [];
  const report = await runKills({
    kills: 3,
    seed: 11,
    maxLifeMs: 4_000,
    loadSeconds: 120,
    say: (line) => lines.push(line),
  });
  expect(report.violations, lines.join('\n')).toEqual([]);
  // The test must have met what it is about: load under way, and probes in the file.
  expect(report.generators).toBeGreaterThan(0);
  expect(report.finishedProbes).toBeGreaterThanOrEqual(1);
  expect(report.searches).toBe(1);
});
