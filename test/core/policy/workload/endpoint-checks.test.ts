/** Data files, batches and media in a question: what it becomes, and what does not go together. */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../../src/core/base/fault.ts';
import { parsePolicyFile } from '../../../../src/core/policy/policy-file.ts';
import type { Question } from '../../../../src/core/policy/question.ts';
import { DEFAULT_LIMITS } from '../../../../src/core/policy/question-defaults.ts';
import { resolveQuestion } from '../../../../src/core/policy/resolve-question.ts';
import { questionToJson } from '../../../../src/service/http/to-json/question.ts';

const target = { base_url: 'http://127.0.0.1:8000/v1' };
const CHAT = `
name: small
description: chat
slo: p99(ttft) < 1 s
workload: { input_tokens: 100, output_tokens: 20, turns: 2 }
`;
const policy = parsePolicyFile(CHAT);
if (!policy.ok) throw new Error(JSON.stringify(policy.error));
const policies = new Map([['small', policy.value]]);

function asked(body: object): Question {
  const resolved = resolveQuestion(
    { target, slo: 'p99(e2e) < 1 s', ...body },
    policies,
    DEFAULT_LIMITS,
  );
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
  return resolved.value;
}

function faults(body: object): Pick<Fault, 'pointer' | 'code'>[] {
  const whole = { target, slo: 'p99(e2e) < 1 s', ...body };
  const resolved = resolveQuestion(whole, policies, DEFAULT_LIMITS);
  if (resolved.ok) throw new Error('no fault');
  return resolved.error.map(({ pointer, code }) => ({ pointer, code }));
}

describe('a data file', () => {
  const file = {
    path: 'traces/mine.csv',
    columns: { prompt: 'q', timestamp: 'when' },
    time_unit: 's',
  };

  it("stands instead of laws of length, the policy's included", () => {
    const { workload } = asked({ policy: 'small', workload: { file, output_tokens: 64 } });
    expect(workload).toMatchObject({
      kind: 'file',
      file: {
        path: 'traces/mine.csv',
        format: 'mapped',
        columns: { prompt: 'q', timestamp: 'when' },
        timeUnit: 's',
      },
      outputTokens: { kind: 'fixed', tokens: 64 },
    });
  });

  it('asked again as it is told is the same question', () => {
    const body = {
      workload: {
        parts: [
          { name: 'trace', weight: 0.5, file: { ...file, block_tokens: 16 } },
          { name: 'look', weight: 0.5, images: { width: 64, height: 32 }, audio: { seconds: 2 } },
        ],
      },
    };
    const question = asked(body);
    const told = JSON.parse(JSON.stringify(questionToJson(question)));
    expect(asked(told)).toEqual(question);
    const batch = asked({ workload: { endpoint: 'rerank', documents: 9, input_tokens: 50 } });
    expect(asked(JSON.parse(JSON.stringify(questionToJson(batch))))).toEqual(batch);
  });

  it('goes with no law, and a kind `file` with a file', () => {
    expect(faults({ workload: { file, input_tokens: 7, turns: 2 } })).toEqual([
      { pointer: '/workload/input_tokens', code: 'conflicting_keys' },
      { pointer: '/workload/turns', code: 'conflicting_keys' },
    ]);
    expect(faults({ workload: { kind: 'file' } })).toEqual([
      { pointer: '/workload/file', code: 'missing_key' },
    ]);
    expect(faults({ workload: { kind: 'synthetic', file } })).toEqual([
      { pointer: '/workload/kind', code: 'conflicting_keys' },
    ]);
  });
});

describe('an endpoint that is answered in one piece', () => {
  const embeddings = { endpoint: 'embeddings', input_tokens: 256, documents: 32 };

  it('takes over from a policy of chat without what it has not', () => {
    const { workload } = asked({ policy: 'small', workload: embeddings });
    expect(workload).toMatchObject({ endpoint: 'embeddings', documents: 32 });
    expect(workload).not.toHaveProperty('turns');
  });

  it('has no first token: every SLO on one is a fault, in its place', () => {
    const slo = [
      { name: 'a', objectives: 'p99(ttft) < 1 s and error_rate < 1%' },
      { name: 'b', objectives: 'p99(e2e) < 1 s' },
      { name: 'c', objectives: 'attainment(tpot < 10 ms and e2e < 1 s) >= 90%' },
    ];
    expect(faults({ slo, workload: embeddings })).toEqual([
      { pointer: '/slo/0/objectives', code: 'slo_metric_undefined' },
      { pointer: '/slo/2/objectives', code: 'slo_metric_undefined' },
    ]);
    expect(faults({ slo: 'mean(itl) < 10 ms', workload: embeddings })).toHaveLength(1);
    const fromPolicy = { policy: 'small', slo: undefined, workload: embeddings };
    expect(faults(fromPolicy)).toEqual([{ pointer: '/policy', code: 'slo_metric_undefined' }]);
  });

  it('says so in a policy file, with the place', () => {
    const text = `name: x\ndescription: d\nslo: p99(ttft) < 1 s\nworkload: { endpoint: rerank }\n`;
    const parsed = parsePolicyFile(text);
    expect(parsed.ok ? [] : parsed.error).toMatchObject([
      { code: 'slo_metric_undefined', line: 3 },
    ]);
  });

  it('has no conversation, and only it has documents', () => {
    expect(faults({ workload: { ...embeddings, turns: 3, output_tokens: 4 } })).toEqual([
      { pointer: '/workload/turns', code: 'wrong_endpoint' },
      { pointer: '/workload/output_tokens', code: 'wrong_endpoint' },
    ]);
    expect(faults({ workload: { documents: 3 } })).toEqual([
      { pointer: '/workload/documents', code: 'wrong_endpoint' },
    ]);
  });

  it('judges a mix by its parts', () => {
    const parts = [
      { name: 'talk', weight: 0.5 },
      { name: 'embed', weight: 0.5, endpoint: 'embeddings' },
    ];
    expect(faults({ slo: 'p99(ttft) < 1 s', workload: { parts } })).toHaveLength(1);
  });
});

it('pictures and sounds go with the endpoints that take them', () => {
  const images = { width: 8, height: 8 };
  expect(faults({ workload: { endpoint: 'completions', images } })).toEqual([
    { pointer: '/workload/images', code: 'wrong_endpoint' },
  ]);
  expect(faults({ workload: { endpoint: 'messages', images, audio: { seconds: 1 } } })).toEqual([
    { pointer: '/workload/audio', code: 'wrong_endpoint' },
  ]);
});

describe('a load in documents', () => {
  const workload = { endpoint: 'embeddings', documents: 32, input_tokens: 256 };
  const load = { axis: 'request_rate', unit: 'documents', min: 64, max: 3_200, start: 320 };

  it('is read as requests, and told as requests', () => {
    const question = asked({ workload, load, required_at_least: 640 });
    expect(question).toMatchObject({
      minLoad: 2,
      maxLoad: 100,
      startLoad: 10,
      requiredAtLeast: 20,
    });
    const told = questionToJson(question);
    expect(told.load).toMatchObject({ unit: 'requests', min: 2, max: 100 });
    expect(asked(JSON.parse(JSON.stringify(told)))).toEqual(question);
  });

  it('is a rate, of requests that carry documents', () => {
    const wrong = [{ pointer: '/load/unit', code: 'wrong_unit' }];
    expect(faults({ workload, load: { unit: 'documents', min: 32, max: 64 } })).toEqual(wrong);
    expect(faults({ load: { ...load, max: 1_000 } })).toEqual(wrong);
  });

  it('is held against the ceiling in requests', () => {
    expect(faults({ workload, load: { ...load, max: 32 * 2_001 } })).toEqual([
      { pointer: '/load/max', code: 'above_ceiling' },
    ]);
  });
});
