import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Options } from '../../../src/cli/args/command.ts';
import { readOptions } from '../../../src/cli/args/read-options.ts';
import {
  type Kind,
  optionAt,
  questionOptions,
} from '../../../src/cli/question/question-options.ts';
import { type ReadQuestion, readQuestion } from '../../../src/cli/question/read-question.ts';
import { gateBodySchema } from '../../../src/core/policy/gate-schema.ts';
import { searchBodySchema } from '../../../src/core/policy/question-schema.ts';
import { type Folder, temporaryFolder } from '../../main/processes.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

function read(kind: Kind, ...args: string[]): ReadQuestion {
  const file: Options = { file: { kind: 'text', about: '' } };
  const given = readOptions(
    {
      positionals: [{ name: 'T', about: '', required: false }],
      options: { ...questionOptions(kind), ...file },
    },
    args,
  );
  if (!given.ok) throw new Error(given.error.join('\n'));
  const question = readQuestion(kind, given.value);
  if (!question.ok) throw new Error(question.error.join('\n'));
  return question.value;
}

function fileOf(text: string): string {
  mkdirSync(folder.path, { recursive: true });
  const path = join(folder.path, 'plimsoll.yaml');
  writeFileSync(path, text);
  return path;
}

test('an address alone is a question, and what was assumed is told', () => {
  const { body, assumed } = read('search', 'localhost:8000');
  expect(body).toEqual({ policy: 'chat', target: { base_url: 'http://localhost:8000/v1' } });
  expect(assumed.join(' ')).toMatch(/http:\/\/localhost:8000\/v1.*policy chat/);
  expect(read('search', 'http://x:1/v1').assumed).toHaveLength(1);
});

test('every option has its place in the body', () => {
  const common = [
    ...['http://x:1/v1', '--slo', 'gold: p99(ttft) < 1 s', '--slo', 'silver: p90(ttft) < 1 s'],
    ...['--model', 'm', '--api-key-ref', 'env:PLIMSOLL_TARGET_KEY', '--dialect', 'vllm'],
    ...['--axis', 'request_rate', '--input-tokens', '8', '--output-tokens', '9', '--seed', '1'],
    ...['--budget-seconds', '10', '--budget-requests', '20', '--budget-tokens', '30'],
    ...['--confidence', '0.9', '--label', 'commit=a=b', '--label', 'x=y', '--at-least', '5'],
  ];
  const { body: gate } = read('gate', ...common);
  expect(gateBodySchema.parse(gate)).toMatchObject({
    at_least: 5,
    load: { axis: 'request_rate' },
    slo: [{ name: 'gold' }, { name: 'silver', objectives: 'p90(ttft) < 1 s' }],
    budget: { load_seconds: 10, requests: 20, output_tokens: 30 },
    labels: { commit: 'a=b', x: 'y' },
  });
  const range = ['--min', '1', '--max', '9', '--start', '2', '--resolution', '0.2'];
  const { body: search } = read('search', ...common, ...range);
  expect(searchBodySchema.parse(search)).toMatchObject({
    required_at_least: 5,
    load: { axis: 'request_rate', min: 1, max: 9, start: 2 },
    resolution: 0.2,
  });
});

describe('plimsoll.yaml', () => {
  const text = `
target: { base_url: http://a:1/v1, model: m }
slo: p99(ttft) < 1 s
at_least: 64
resolution: 0.2
load: { axis: request_rate, max: 9 }
`;
  test('options win over it, key by key', () => {
    const { body } = read('search', 'http://b:1/v1', '--max', '5', '--file', fileOf(text));
    expect(searchBodySchema.parse(body)).toEqual({
      target: { base_url: 'http://b:1/v1', model: 'm' },
      slo: 'p99(ttft) < 1 s',
      required_at_least: 64,
      resolution: 0.2,
      load: { axis: 'request_rate', max: 5 },
    });
  });

  test('one file serves search and gate', () => {
    const { body } = read('gate', '--file', fileOf(text));
    expect(gateBodySchema.parse(body)).toMatchObject({
      at_least: 64,
      load: { axis: 'request_rate' },
    });
  });

  test.each([
    ['a: [', 'line 1, column'],
    ['- a', 'expected keys'],
  ])('%j is told', (content, words) => {
    expect(() => read('search', 'x', '--file', fileOf(content))).toThrow(words);
  });

  test('a file that was asked for and is not there', () => {
    expect(() => read('search', 'x', '--file', '/nowhere.yaml')).toThrow('ENOENT');
  });
});

test('a fault of the service is shown at its option', () => {
  expect(optionAt('/load/max')).toBe('--max');
  expect(optionAt('/slo/0/objectives')).toBe('--slo');
  expect(optionAt('/labels/commit')).toBe('--label');
  expect(optionAt('/target/base_url')).toBe('TARGET');
  expect(optionAt('/nothing')).toBeUndefined();
});
