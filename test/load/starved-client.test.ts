/**
 * A client that the machine gives no time, from POST to answer: every part as it ships. The generators
 * stand still for 40 ms in every tenth of a second, which is what a CPU quota does to a container.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { searchSchema } from '../../src/service/http/schemas/search.ts';
import { type Program, startService, startSim, temporaryFolder } from '../main/processes.ts';

const folder = temporaryFolder();
const programs: Program[] = [];
afterEach(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  await Promise.all(programs.map(({ ended }) => ended));
  folder.remove();
});

// Three bursts of seconds on real sockets, and two starts of generators.
test('its search is refused as client_limited, with more generators tried and no capacity told', {
  timeout: 180_000,
}, async () => {
  const sim = await startSim();
  programs.push(sim.program);
  const { url, program } = await startService(folder);
  programs.push(program);
  const done = new AbortController();
  const starving = starve(program.child.pid ?? 0, done.signal);
  const answer = await fetch(`${url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60' },
    body: JSON.stringify({
      target: { base_url: `${sim.url}/v1` },
      slo: 'p50(ttft) < 1 s',
      load: { min: 16, max: 32 },
      workload: { input_tokens: 64, output_tokens: 2 },
      budget: { load_seconds: 60 },
      seed: 1,
    }),
  });
  const search = searchSchema.parse(await answer.json());
  done.abort();
  await starving;
  expect(search).toMatchObject({ state: 'failed', reason: 'client_limited' });
  expect(search.summary).toMatchObject({ capacity_at_least: 0, capacity_below: null });
  expect(search.probes.map(({ health }) => health.generators)).toEqual([1, 2, 2]);
  for (const { voided } of search.probes) {
    // The limit for a bound of a second.
    expect(voided).toMatch(/^client late: canary p99 .* at most 20\.0 ms/);
  }
});

/** Stops every generator of the service again and again, whichever are there. */
async function starve(service: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const generators = generatorsOf(service);
    for (const pid of generators) tell(pid, 'SIGSTOP');
    await sleep(40);
    for (const pid of generators) tell(pid, 'SIGCONT');
    await sleep(60);
  }
}

function generatorsOf(service: number): number[] {
  try {
    const found = execFileSync('pgrep', ['-P', String(service), '-f', 'generator/main.ts']);
    return found.toString().trim().split('\n').map(Number);
  } catch {
    // It finds none and fails: the service has no generators just now.
    return [];
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended since it was found.
  }
}
