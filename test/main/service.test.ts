/** The service as a real process: how it starts, refuses to start, answers and stops. */
import { describe, expect, test } from 'vitest';
import { searchSchema } from '../../src/service/http/schemas/search.ts';
import { run, stage, startService, startSim, temporaryFolder } from './processes.ts';

const on = stage();

test('healthy and ready, then stopped by SIGTERM with 0', async () => {
  const { url, program } = on.keep(await startService(on.folder));
  for (const path of ['/healthz', '/readyz']) {
    expect((await fetch(`${url}${path}`)).status).toBe(200);
  }
  program.child.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0, stdout: '' });
});

describe('it does not start', () => {
  test('with a wrong environment: all faults, exit 2', async () => {
    const ended = await run('src/main.ts', [], {
      PLIMSOLL_PORT: 'http',
      PLIMSOLL_PROT: '8080',
      PLIMSOLL_DATA_DIR: on.folder.path,
    }).ended;
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('env:PLIMSOLL_PORT');
    expect(ended.stderr).toContain('env:PLIMSOLL_PROT');
  });

  test('on a host that others can reach, as long as it knows no keys: exit 4 and why', async () => {
    const env = { PLIMSOLL_HOST: '0.0.0.0', PLIMSOLL_DATA_DIR: on.folder.path };
    const ended = await run('src/main.ts', [], env).ended;
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('binds to loopback only');
  });

  test('on a port or over a data on.folder that is taken: exit 4 and what to do', async () => {
    const { url } = on.keep(await startService(on.folder));
    const other = temporaryFolder();
    const port = new URL(url).port;
    const taken = run('src/main.ts', [], { PLIMSOLL_PORT: port, PLIMSOLL_DATA_DIR: other.path });
    const locked = run('src/main.ts', [], {
      PLIMSOLL_PORT: '0',
      PLIMSOLL_DATA_DIR: on.folder.path,
    });
    expect(await taken.ended).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('is taken'),
    });
    expect(await locked.ended).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('another Plimsoll is using'),
    });
    other.remove();
  });

  test('with a policy that is wrong: exit 4, with file, line and column', async () => {
    const env = {
      PLIMSOLL_PORT: '0',
      PLIMSOLL_DATA_DIR: on.folder.path,
      PLIMSOLL_POLICIES_DIR: new URL('./wrong-policies', import.meta.url).pathname,
    };
    const ended = await run('src/main.ts', [], env).ended;
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/wrong\.yaml:3:\d+ \/slo/);
  });
});

// Real load over real sockets for some seconds: the one place where all parts run as they ship.
test('a search against the simulated server, from POST to answer, and a stop in the middle of another', {
  timeout: 120_000,
}, async () => {
  const sim = on.keep(await startSim());
  const { url, program } = on.keep(await startService(on.folder));
  const body = (seed: number, loadSeconds: number) => ({
    target: { base_url: `${sim.url}/v1` },
    slo: 'p90(ttft) < 300 ms',
    load: { max: 128 },
    workload: { input_tokens: 64, output_tokens: 8 },
    budget: { load_seconds: loadSeconds },
    resolution: 0.5,
    seed,
  });
  const post = async (seed: number, loadSeconds: number, prefer: string): Promise<Response> =>
    fetch(`${url}/v1/searches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer },
      body: JSON.stringify(body(seed, loadSeconds)),
    });
  const answer = await post(1, 14, 'wait=40');
  expect(answer.status).toBe(200);
  const search = searchSchema.parse(await answer.json());
  // On a busy machine the client may void its probes; that is an end too, and the load was real.
  const { state, reason, sentence } = search.summary;
  const ended = state === 'done' || reason === 'client_limited';
  expect(ended, `${sentence}\n${program.said()}`).toBe(true);
  const requests = await (await fetch(`${url}/v1/searches/${search.id}/requests`)).text();
  const answered = requests.split('\n').filter((line) => line.includes('"outcome":"ok"'));
  expect(answered.length).toBeGreaterThan(100);
  expect(search.provenance).toMatchObject({ resolved_address: '127.0.0.1', dialect: 'vllm' });
  for (const probe of search.probes) expect(probe.outcomes.ok).toBeGreaterThan(0);

  const second = searchSchema.parse(await (await post(2, 60, 'wait=2')).json());
  expect(second.state).toBe('running');
  program.child.kill('SIGTERM');
  expect((await program.ended).code).toBe(0);

  // The next process carries it on.
  const again = on.keep(await startService(on.folder));
  const carried = await fetch(`${again.url}/v1/searches/${second.id}/cancel`, { method: 'POST' });
  expect(searchSchema.parse(await carried.json()).state).toBe('cancelled');
});
