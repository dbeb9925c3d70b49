/** Examples of `openapi.yaml`; a test holds each against its schema and starts the first for real. */

const createBody = {
  target: { base_url: 'http://127.0.0.1:8000/v1', model: 'llama-3.1-8b' },
  slo: [{ name: 'gold', objectives: 'p99(ttft) < 500 ms and error_rate < 1%' }],
  load: { axis: 'concurrency', min: 1, max: 512 },
  workload: {
    kind: 'synthetic',
    input_tokens: { mean: 1024, stdev: 512 },
    output_tokens: { mean: 128 },
  },
  budget: { load_seconds: 600, requests: 20_000, output_tokens: 4_000_000 },
  confidence: 0.95,
  resolution: 0.1,
  seed: 42,
  labels: { commit: 'abc123' },
};

const summary = {
  id: '01jd6v8s4nqk3m',
  kind: 'search',
  state: 'done',
  done: true,
  verdict: 'none',
  exit_code: 0,
  reason: 'resolved',
  sentence:
    'Carries at least 96 concurrent requests at p99(ttft) < 500 ms and error_rate < 1% ' +
    '(95 % confidence); 104 fails. Limited by p99(ttft) < 500 ms.',
  tier: 'gold',
  axis: 'concurrency',
  capacity_at_least: 96,
  capacity_below: 104,
  capacity_estimate: 100,
  confidence: 0.95,
  max_goodput_load: 112,
  max_goodput_rps: 33.1,
  goodput_rps: 31.5,
  binding_objective: 'p99(ttft)',
  limit_cause: null,
  required_at_least: null,
  baseline_verdict: 'none',
  probes: 14,
  requests: 8_214,
  load_seconds: 402.5,
  report_url: '/v1/searches/01jd6v8s4nqk3m/report',
};

const gateBody = {
  target: { base_url: 'http://127.0.0.1:8000/v1', model: 'llama-3.1-8b' },
  slo: 'p99(ttft) < 500 ms and error_rate < 1%',
  at_least: 64,
  budget: { load_seconds: 600 },
  lease_seconds: 120,
};

const gateSummary = {
  ...summary,
  id: '01jd6v8s4nqk3n',
  kind: 'gate',
  verdict: 'pass',
  reason: 'decided',
  sentence:
    'Sustains 64 concurrent requests at p99(ttft) < 500 ms and error_rate < 1% (95 % confidence).',
  tier: 'slo',
  capacity_at_least: 64,
  capacity_below: null,
  capacity_estimate: null,
  max_goodput_load: null,
  max_goodput_rps: null,
  goodput_rps: 21.4,
  required_at_least: 64,
  probes: 1,
  requests: 1_310,
  load_seconds: 61.5,
};

const hookBody = {
  name: 'flagger-chat',
  policies: ['chat'],
  targets: [{ base_url: 'http://127.0.0.1:8000/v1' }],
  at_least: [64],
  budget: { load_seconds: 600 },
};

const hookCall = {
  name: 'llm',
  namespace: 'prod',
  phase: 'Progressing',
  checksum: '85d557f47b',
  metadata: { policy: 'chat', url: 'http://127.0.0.1:8000/v1', at_least: '64' },
};

const hookAnswer = {
  verdict: 'pass',
  gate_id: gateSummary.id,
  sentence: gateSummary.sentence,
};

const rejudgeBody = { slo: 'p99(ttft) < 800 ms and error_rate < 1%' };

const requestLine = `${JSON.stringify({
  probe: 0,
  attempt: 1,
  load: 16,
  in_window: true,
  part: 0,
  outcome: 'ok',
  http_status: 200,
  scheduled_ms: 5_012.5,
  sent_ms: 5_012.6,
  first_byte_ms: 5_180.1,
  first_token_ms: 5_193.7,
  last_token_ms: 5_924.9,
  end_ms: 5_925.2,
  chunks: 3,
  input_tokens: 64,
  output_tokens: 3,
  cached_tokens: null,
  asked_input_tokens: 64,
  asked_output_tokens: 3,
  retry_after_seconds: null,
  gaps_ms: [365.1, 366.1],
})}\n`;

const eventStream =
  'retry: 2000\n\nid: 1\nevent: search.queued\n' +
  'data: {"id":1,"type":"search.queued","at":"2026-01-01T00:00:00.000Z","data":{}}\n\n';

const metrics =
  '# HELP plimsoll_queue_length Searches that wait for their turn\n' +
  '# TYPE plimsoll_queue_length gauge\nplimsoll_queue_length 0\n';

export const EXAMPLES = {
  createBody,
  summary,
  gateBody,
  gateSummary,
  hookBody,
  hookCall,
  hookAnswer,
  rejudgeBody,
  requestLine,
  eventStream,
  metrics,
};
