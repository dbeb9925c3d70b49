/** The HTTP app over the runner's rig: real routes, real runner, real store, load in virtual time. */
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../../../src/core/policy/question-defaults.ts';
import { createMetrics, type Metrics } from '../../../src/metrics.ts';
import { createApp } from '../../../src/service/http/app.ts';
import {
  type PolicyShelf,
  readPolicyShelf,
} from '../../../src/service/http/policies/policy-shelf.ts';
import type { AccessLine, HttpParts } from '../../../src/service/http/ports.ts';
import { targetChecker } from '../../../src/service/http/target-check.ts';
import type { RunnerConfig } from '../../../src/service/runner/runner-config.ts';
import { ENDED_STATES, type SearchRecord } from '../../../src/service/runner/search-service.ts';
import { createRig, type Rig, type Watchers } from '../runner/rig.ts';
import { expectDocumented } from './documented.ts';

export interface HttpRig extends Rig {
  readonly parts: HttpParts;
  readonly access: AccessLine[];
  readonly failures: unknown[];
  call(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export async function createHttpRig(
  config: Partial<RunnerConfig> = {},
  watchers: Watchers = {},
  metrics: Metrics = createMetrics('0.0.0'),
): Promise<HttpRig> {
  const rig = await createRig(config, 2, undefined, watchers);
  const access: AccessLine[] = [];
  const failures: unknown[] = [];
  const parts: HttpParts = {
    searches: rig.runner,
    policies: shippedPolicies(),
    limits: DEFAULT_LIMITS,
    checkTarget: targetChecker(async () => ['127.0.0.1']),
    version: '0.0.0',
    timing: { heartbeatMs: 20, stallMs: 2_000, retryMs: 2_000 },
    metrics,
    ...(watchers.tracer !== undefined && { tracer: watchers.tracer }),
    onAccess(line) {
      metrics.onAccess(line);
      access.push(line);
    },
    onError: (error) => failures.push(error),
  };
  const app = createApp(parts);
  const call = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await app.request(`http://localhost${path}`, init);
    expectDocumented(init?.method ?? 'GET', path, response);
    return response;
  };
  return Object.assign(rig, {
    // A whole search takes longer than one wait of the rig's fast clock on a busy machine.
    async ended(id: string): Promise<SearchRecord> {
      for (;;) {
        const record = await rig.runner.waitUntilEnded(id, 500_000, new AbortController().signal);
        if (record !== undefined && ENDED_STATES.includes(record.state)) return record;
      }
    },
    parts,
    access,
    failures,
    call,
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  });
}

export function shippedPolicies(): PolicyShelf {
  const shelf = readPolicyShelf(new URL('../../../policies', import.meta.url).pathname);
  if (!shelf.ok) throw new Error(shelf.error);
  return shelf.value;
}

/** The id of the search that an answer is about. */
export async function idOf(response: Response): Promise<string> {
  return z.looseObject({ id: z.string() }).parse(await response.json()).id;
}

/** A body that the rig's server answers within a few probes. */
export function searchBody(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    target: { base_url: 'http://127.0.0.1:8000/v1' },
    slo: [{ name: 'gold', objectives: 'p90(ttft) < 100 ms' }],
    load: { axis: 'concurrency', min: 1, max: 64 },
    workload: { kind: 'synthetic', input_tokens: { mean: 64 }, output_tokens: { mean: 12 } },
    budget: { load_seconds: 300, requests: 100_000, output_tokens: 10_000_000 },
    seed: 7,
    ...change,
  };
}
