/** What the demo asks; model, workload and question are made for each other (see `sim/servers.ts`). */
import { lengthToJson } from '../../service/http/to-json/question.ts';
import { SERVERS } from '../../sim/servers.ts';
import { WORKLOADS } from '../../sim/workloads.ts';
import type { TruthQuestion } from './demo-truth.ts';

const PERCENT = 99;
const BOUND_MS = 500;
const MIN_LOAD = 1;
const MAX_LOAD = 256;
/** Leaves room for starting, checking and stopping within two minutes. */
const LOAD_SECONDS = 90;
const REQUESTS = 60_000;
const OUTPUT_TOKENS = 2_000_000;
const RESOLUTION = 0.1;
const SEED = 42;

export const DEMO_SLO = `p${PERCENT}(ttft) < ${BOUND_MS} ms`;

export const DEMO_TRUTH: TruthQuestion = {
  server: SERVERS.demo,
  workload: WORKLOADS.demo,
  percent: PERCENT,
  boundMs: BOUND_MS,
  minLoad: MIN_LOAD,
  maxLoad: MAX_LOAD,
};

export function demoQuestion(simUrl: string): unknown {
  const { kind, endpoint, inputTokens, outputTokens } = WORKLOADS.demo;
  return {
    target: { base_url: `${simUrl}/v1` },
    slo: [{ name: 'demo', objectives: DEMO_SLO }],
    load: { axis: 'concurrency', min: MIN_LOAD, max: MAX_LOAD },
    workload: {
      kind,
      endpoint,
      input_tokens: lengthToJson(inputTokens),
      output_tokens: lengthToJson(outputTokens),
    },
    budget: { load_seconds: LOAD_SECONDS, requests: REQUESTS, output_tokens: OUTPUT_TOKENS },
    resolution: RESOLUTION,
    seed: SEED,
  };
}
