/**
 * What the server says of itself, under vLLM's names (v1 engine), so that everything that reads a real
 * server's metrics can be tried on this one. Times are real seconds: model time over `speed`.
 *
 * `kv_cache_usage_perc` is the reserved share: this server reserves a whole request at its admission,
 * so that is what its admission waits for, and it never preempts.
 */
import type { Engine, StepResult } from '../engine.ts';
import type { SimRequest } from '../sim-request.ts';
import { createHistogram } from './histogram.ts';

export interface ServerMetrics {
  onStep(result: StepResult): void;
  finished(request: SimRequest, finishReason: string): void;
  aborted(): void;
  rejected(): void;
  text(): string;
}

/** Bucket ends of vLLM, in seconds (tokens for the last). */
const FIRST_TOKEN_S = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
  160, 640, 2_560,
];
const TOKEN_S = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];
const REQUEST_S = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1_920, 7_680,
];
const STEP_TOKENS = [1, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384];
/** Tokens of one KV block, as vLLM has by default. */
const BLOCK_TOKENS = 16;
const MS_PER_S = 1_000;

export function createServerMetrics(
  engine: Engine,
  modelName: string,
  speed: number,
): ServerMetrics {
  const labels = `engine="0",model_name="${modelName.replace(/["\\\n]/g, '_')}"`;
  const firstToken = createHistogram(FIRST_TOKEN_S);
  const interToken = createHistogram(TOKEN_S);
  const perToken = createHistogram(TOKEN_S);
  const latency = createHistogram(REQUEST_S);
  const queue = createHistogram(REQUEST_S);
  const prefill = createHistogram(REQUEST_S);
  const decode = createHistogram(REQUEST_S);
  const stepTokens = createHistogram(STEP_TOKENS);
  const success = new Map([
    ['stop', 0],
    ['length', 0],
    ['abort', 0],
  ]);
  let rejections = 0;
  const before = { prompt: 0, generated: 0 };
  const seconds = (ms: number): number => ms / MS_PER_S / speed;
  const count = (reason: string): void => {
    success.set(reason, (success.get(reason) ?? 0) + 1);
  };

  return {
    onStep({ firstTokens }) {
      const { promptTokens, generatedTokens, lastStepMs } = engine.state;
      const generated = generatedTokens - before.generated;
      const following = generated - firstTokens.length;
      stepTokens.observe(promptTokens - before.prompt + generated);
      if (following > 0) interToken.observe(seconds(lastStepMs), following);
      for (const r of firstTokens) firstToken.observe(seconds(r.firstTokenMs - r.arrivedMs));
      before.prompt = promptTokens;
      before.generated = generatedTokens;
    },
    finished(request, finishReason) {
      const endMs = engine.state.nowMs;
      const decodeS = seconds(endMs - request.firstTokenMs);
      latency.observe(seconds(endMs - request.arrivedMs));
      queue.observe(seconds(request.admittedMs - request.arrivedMs));
      prefill.observe(seconds(request.firstTokenMs - request.admittedMs));
      decode.observe(decodeS);
      if (request.outputTokens > 1) perToken.observe(decodeS / (request.outputTokens - 1));
      count(finishReason);
    },
    aborted: () => count('abort'),
    rejected() {
      rejections += 1;
    },
    text: () =>
      [
        gaugesText(engine, labels, rejections),
        successText(success, labels),
        firstToken.lines('vllm:time_to_first_token_seconds', labels),
        interToken.lines('vllm:inter_token_latency_seconds', labels),
        perToken.lines('vllm:request_time_per_output_token_seconds', labels),
        latency.lines('vllm:e2e_request_latency_seconds', labels),
        queue.lines('vllm:request_queue_time_seconds', labels),
        prefill.lines('vllm:request_prefill_time_seconds', labels),
        decode.lines('vllm:request_decode_time_seconds', labels),
        stepTokens.lines('vllm:iteration_tokens_total', labels),
      ].join(''),
  };
}

function gaugesText({ state, model }: Engine, labels: string, rejections: number): string {
  const one = (kind: 'gauge' | 'counter', name: string, value: number, more = ''): string =>
    `# TYPE vllm:${name} ${kind}\nvllm:${name}{${labels}${more}} ${value}\n`;
  const blocks = Math.floor(model.kvTokens / BLOCK_TOKENS);
  return [
    one('gauge', 'num_requests_running', state.running),
    one('gauge', 'num_requests_waiting', state.waiting),
    one('gauge', 'num_requests_waiting_by_reason', state.waiting, ',reason="capacity"'),
    `vllm:num_requests_waiting_by_reason{${labels},reason="deferred"} 0\n`,
    one('gauge', 'kv_cache_usage_perc', state.kvReserved / model.kvTokens),
    one('counter', 'num_preemptions_total', 0),
    one('counter', 'prompt_tokens_total', state.promptTokens),
    one('counter', 'generation_tokens_total', state.generatedTokens),
    one('counter', 'prefix_cache_queries_total', state.promptTokens),
    one('counter', 'prefix_cache_hits_total', 0),
    one('counter', 'admission_rejections_total', rejections, ',reason="max_num_queued_reqs"'),
    '# TYPE vllm:cache_config_info gauge\n',
    `vllm:cache_config_info{block_size="${BLOCK_TOKENS}",enable_prefix_caching="False",engine="0",num_gpu_blocks="${blocks}"} 1\n`,
  ].join('');
}

function successText(success: ReadonlyMap<string, number>, labels: string): string {
  const lines = [...success].map(
    ([reason, count]) =>
      `vllm:request_success_total{${labels},finished_reason="${reason}"} ${count}\n`,
  );
  return `# TYPE vllm:request_success_total counter\n${lines.join('')}`;
}
