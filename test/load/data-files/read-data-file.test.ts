/** Data files as they are published, read from disk: what becomes of each shape, and what is refused. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import type { DataFileSpec } from '../../../src/core/workload/readers/formats.ts';
import {
  type DataFile,
  type DataFileFault,
  type ReadOptions,
  readDataFile,
} from '../../../src/load/data-files/read-data-file.ts';

const SHAPES = fileURLToPath(new URL('./shapes', import.meta.url));
const NEVER = new AbortController().signal;
const countTokens = (text: string): number => Math.ceil(text.length / 4);

function read(spec: Partial<DataFileSpec> & { path: string }, options: Partial<ReadOptions> = {}) {
  return readDataFile(
    { format: 'auto', ...spec },
    {
      folder: SHAPES,
      needs: { times: false, outputTokens: false },
      countTokens,
      random: createRandom(1),
      ...options,
    },
    NEVER,
  );
}

async function good(
  spec: Partial<DataFileSpec> & { path: string },
  options: Partial<ReadOptions> = {},
): Promise<DataFile> {
  const result = await read(spec, options);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function bad(
  spec: Partial<DataFileSpec> & { path: string },
  options: Partial<ReadOptions> = {},
): Promise<DataFileFault> {
  const result = await read(spec, options);
  if (result.ok) throw new Error(`read ${result.value.rows} rows`);
  return result.error;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('published traces', () => {
  test('Azure 2023: seven decimals, no zone, no last newline', async () => {
    const { format, sample } = await good(
      { path: 'azure-2023.csv' },
      { needs: { times: true, outputTokens: true } },
    );
    expect(format).toBe('azure');
    expect([...sample.inputTokens]).toEqual([4808, 3180, 110]);
    expect([...sample.outputTokens]).toEqual([10, 8, 27]);
    expect((sample.atMs[1] ?? 0) - (sample.atMs[0] ?? 0)).toBeCloseTo(52, 3);
  });

  test('Azure 2024: with its zone, fractions or none', async () => {
    const { format, sample } = await good({ path: 'azure-2024.csv' });
    expect(format).toBe('azure');
    expect(sample.atMs[2]).toBe(Date.UTC(2024, 4, 12, 0, 0, 1));
  });

  test('BurstGPT: by its header, seconds that begin anywhere, failed requests left out', async () => {
    const three = await good({ path: 'burstgpt-3.csv' });
    expect(three.format).toBe('burstgpt');
    expect([...three.sample.inputTokens]).toEqual([906, 37]);
    expect((three.sample.atMs[1] ?? 0) - (three.sample.atMs[0] ?? 0)).toBe(5_500);
    const older = await good({ path: 'burstgpt-1.csv' });
    expect([...older.sample.outputTokens]).toEqual([18, 230]);
  });

  test('Mooncake: ms, blocks of 512', async () => {
    const { format, blockTokens, sample } = await good({ path: 'mooncake.jsonl' });
    expect([format, blockTokens]).toEqual(['mooncake', 512]);
    expect([...sample.hashIds]).toEqual([46, 47, 48, 46, 47, 49, 50, 51]);
    expect(sample.atMs[2]).toBe(3_000);
  });

  test('Bailian: seconds, blocks of 16', async () => {
    const { format, blockTokens, sample } = await good({ path: 'bailian.jsonl' });
    expect([format, blockTokens]).toEqual(['bailian', 16]);
    expect(sample.atMs[0]).toBeCloseTo(61_114);
    expect(sample.count).toBe(2);
  });

  test('a number of hash ids that does not fit the length is a fault of its line', async () => {
    const fault = await bad({ path: 'mooncake.jsonl', blockTokens: 16 });
    expect(fault).toMatchObject({ kind: 'content', faultCount: 3 });
    if (fault.kind === 'content') expect(fault.faults.map(({ line }) => line)).toEqual([1, 2, 3]);
  });

  test('spans as OTLP and as SDKs print them: model calls that succeeded, no message is read', async () => {
    const otlp = await good({ path: 'otel-otlp.jsonl' });
    expect(otlp.format).toBe('otel');
    expect([...otlp.sample.inputTokens]).toEqual([97, 300]);
    expect((otlp.sample.atMs[1] ?? 0) - (otlp.sample.atMs[0] ?? 0)).toBeCloseTo(2_500, 1);
    expect(JSON.stringify(otlp)).not.toContain('secret');
    const flat = await good({ path: 'otel-sdk.jsonl' });
    expect(flat.sample.atMs[0]).toBeCloseTo(Date.UTC(2026, 2, 1, 10, 0, 0, 123) + 0.456, 2);
  });
});

describe('prompt sets', () => {
  test('ShareGPT: the first question with the length of its answer; odd beginnings left out', async () => {
    const { format, sample, records } = await good({ path: 'sharegpt.json' });
    expect([format, records]).toEqual(['sharegpt', 3]);
    expect([...sample.prompts].sort()).toEqual([
      'How are you? é你',
      'Summarise "[this]" for me, with } braces.',
    ]);
    expect([...sample.outputTokens].sort((a, b) => a - b)).toEqual([2, 9]);
  });

  test('vLLM bench custom', async () => {
    const { sample } = await good({ path: 'vllm-custom.jsonl', format: 'vllm_bench' });
    expect([...sample.outputTokens].sort((a, b) => a - b)).toEqual([-1, 1024]);
    const fault = await bad(
      { path: 'vllm-custom.jsonl', format: 'vllm_bench' },
      { needs: { times: false, outputTokens: true } },
    );
    expect(fault).toMatchObject({ faults: [{ line: 1, field: 'output_tokens' }] });
  });

  test('guidellm, JSONL and CSV with quotes', async () => {
    const { sample } = await good({ path: 'guidellm.jsonl', format: 'guidellm' });
    expect([...sample.prefixes].sort()).toEqual(['', 'You are terse.']);
    expect([...sample.inputTokens].sort((a, b) => a - b)).toEqual([-1, 5]);
    const csv = await good({ path: 'guidellm.csv', format: 'guidellm' });
    expect([...csv.sample.prompts].sort()).toEqual([
      'Quoted, with a comma\nand a line',
      'plain',
      'says "so"',
    ]);
  });

  test('AIPerf: single lines and conversations', async () => {
    const single = await good({ path: 'aiperf-single.jsonl', format: 'aiperf' });
    expect(single.sample.prompts).toEqual(['What is deep learning?', 'one\ntwo']);
    const { sample } = await good({ path: 'aiperf-multi.jsonl' });
    expect(sample.prompts).toEqual(['Hello', 'And more', 'Hi']);
    expect(sample.prefixes[0]).toBe('Be brief.');
    expect([...sample.isFirst]).toEqual([1, 0, 1]);
    expect([...sample.nextTurn]).toEqual([1, -1, -1]);
    expect(sample.delayMs[1]).toBe(1_000);
  });

  test("mapped columns of a file of one's own", async () => {
    await writeFile(join(folder, 'own.csv'), 'q,when,n\nhello,0.5,12\nyou,2,7\n');
    const { sample } = await good(
      {
        path: 'own.csv',
        format: 'mapped',
        columns: { prompt: 'q', timestamp: 'when', outputTokens: 'n' },
        timeUnit: 's',
      },
      { folder, needs: { times: true, outputTokens: true } },
    );
    expect([...sample.atMs]).toEqual([500, 2_000]);
    expect(sample.prompts).toEqual(['hello', 'you']);
  });
});

describe('what is wrong with a file', () => {
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return name;
  };

  test('every broken line, with its number, and how many there were', async () => {
    const lines = Array.from({ length: 60 }, (_, i) =>
      i % 2 === 0 ? '{"prompt": "x"}' : i % 4 === 1 ? '{"prompt": ' : '{"prompt": 7}',
    );
    const path = await file('broken.jsonl', lines.join('\n'));
    const fault = await bad({ path, format: 'vllm_bench' }, { folder });
    expect(fault).toMatchObject({ kind: 'content', faultCount: 30 });
    if (fault.kind !== 'content') return;
    expect(fault.faults).toHaveLength(20);
    expect(fault.faults.slice(0, 2)).toMatchObject([
      { line: 2, code: 'not_json' },
      { line: 4, code: 'wrong_type', field: 'prompt', received: '7' },
    ]);
  });

  test('AIPerf: a picture is not left out in silence', async () => {
    const turn = '{"session_id": "s", "turns": [{"text": "a"}, {"text": "b", "audio": "x.wav"}]}';
    const path = await file(
      'media.jsonl',
      `{"text": "what is it?", "images": ["a.png"]}\n${turn}\n{"text": "c", "images": []}\n`,
    );
    const fault = await bad({ path, format: 'aiperf' }, { folder });
    expect(fault).toMatchObject({
      faultCount: 2,
      faults: [
        { line: 1, field: 'images', expected: expect.stringContaining('media') },
        { line: 2, field: 'turns[1].audio' },
      ],
    });
  });

  test('CSV: too few fields, an open quote', async () => {
    const path = await file('broken.csv', 'TIMESTAMP,ContextTokens,GeneratedTokens\n1,2\n"x,1,1\n');
    const fault = await bad({ path, format: 'azure' }, { folder });
    expect(fault).toMatchObject({
      faults: [
        { line: 2, code: 'not_csv' },
        { line: 3, code: 'not_csv', expected: 'a closing quote' },
      ],
    });
  });

  test('an array that does not end, or is none', async () => {
    const cut = await file('cut.json', '[{"conversations": []},\n{"conversations": [');
    expect(await bad({ path: cut }, { folder })).toMatchObject({
      faults: [{ line: 2, expected: 'the end of the array' }],
    });
    const object = await file('object.json', '{"a": 1}');
    expect(await bad({ path: object, format: 'sharegpt' }, { folder })).toMatchObject({
      faults: [{ line: 1, expected: 'a JSON array of objects' }],
    });
  });

  test('an empty file, and one without a request', async () => {
    const empty = await file('empty.jsonl', '');
    expect(await bad({ path: empty, format: 'mooncake' }, { folder })).toMatchObject({
      faults: [{ line: 0, received: 'an empty file' }],
    });
    const none = await file(
      'none.csv',
      'Timestamp,Model,Request tokens,Response tokens\n1,x,2,0\n',
    );
    expect(await bad({ path: none }, { folder })).toMatchObject({
      faults: [{ received: '1 records without a request' }],
    });
  });

  test('no timestamps where arrivals follow them', async () => {
    const path = await file(
      'untimed.jsonl',
      '{"input_length":1,"output_length":1,"hash_ids":[1]}\n',
    );
    const fault = await bad({ path }, { folder, needs: { times: true, outputTokens: false } });
    expect(fault).toMatchObject({ faults: [{ line: 1, field: 'timestamp' }] });
  });

  test('a unit that gives a rate which no service has', async () => {
    const fault = await bad({ path: 'mooncake.jsonl', format: 'mooncake', timeUnit: 'ns' });
    expect(fault).toMatchObject({ faults: [{ line: 0, field: 'timestamp' }] });
    expect(JSON.stringify(fault)).toContain('read in ns');
  });

  test('a format that the first record does not settle has to be named', async () => {
    const path = await file('odd.jsonl', '{"timestamp": 5, "prompt": "x"}\n');
    expect(JSON.stringify(await bad({ path }, { folder }))).toContain('the name of its format');
  });

  test('files outside of the folder, links, folders, pipes of names', async () => {
    await file('inside.jsonl', '{"prompt":"x"}\n');
    await symlink('/etc/passwd', join(folder, 'link.jsonl'));
    await symlink('/etc', join(folder, 'linked'));
    await symlink('inside.jsonl', join(folder, 'inner-link.jsonl'));
    const outside = [
      '../x',
      '/etc/passwd',
      'a/../../etc/passwd',
      './inside.jsonl',
      'linked/passwd',
      'link.jsonl',
      'inner-link.jsonl',
      'a\0b',
      '',
    ];
    for (const path of outside) {
      expect(await bad({ path }, { folder }), path).toMatchObject({
        kind: 'path',
        fault: { code: 'data_file_outside' },
      });
    }
    expect(await bad({ path: 'gone.jsonl' }, { folder })).toMatchObject({
      fault: { code: 'data_file_missing' },
    });
    expect(await bad({ path: 'inside.jsonl' }, { folder: undefined })).toMatchObject({
      fault: { code: 'data_files_off' },
    });
  });
});

describe('a file larger than the sample', () => {
  const limits = { rows: 100, chars: 1_000_000, hashIds: 1_000 };
  const row = (i: number): string => JSON.stringify({ prompt: `p${i}`, output_tokens: i + 1 });

  test('prompts: a sample of the whole, and the same one for the same seed', async () => {
    const text = Array.from({ length: 5_000 }, (_, i) => row(i)).join('\n');
    await writeFile(join(folder, 'many.jsonl'), text);
    const spec = { path: 'many.jsonl', format: 'vllm_bench' } as const;
    const one = await good(spec, { folder, limits });
    expect([one.rows, one.sample.count, one.truncated]).toEqual([5_000, 100, true]);
    const mean = one.sample.outputTokens.reduce((a, b) => a + b, 0) / 100;
    // Mean 2,500, standard error 144: five of them.
    expect(Math.abs(mean - 2_500)).toBeLessThan(720);
    const again = await good(spec, { folder, limits });
    expect(again.sample.prompts).toEqual(one.sample.prompts);
    expect(again.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a trace: its beginning, and the rest is still checked', async () => {
    const line = (i: number) =>
      JSON.stringify({ timestamp: i * 100, input_length: 5, output_length: 1 });
    const lines = Array.from({ length: 300 }, (_, i) => line(i));
    await writeFile(join(folder, 'trace.jsonl'), lines.join('\n'));
    const spec = { path: 'trace.jsonl', format: 'mooncake' } as const;
    const { sample, truncated } = await good(spec, { folder, limits });
    expect([sample.count, sample.atMs[99], truncated]).toEqual([100, 9_900, true]);
    await writeFile(join(folder, 'trace.jsonl'), [...lines, '{'].join('\n'));
    expect(await bad(spec, { folder, limits })).toMatchObject({ faults: [{ line: 301 }] });
  });

  test('only its beginning when no more was asked for, and a record cut by it is no fault', async () => {
    const text = Array.from({ length: 5_000 }, (_, i) => row(i)).join('\n');
    await writeFile(join(folder, 'head.jsonl'), text);
    const { records } = await good(
      { path: 'head.jsonl', format: 'vllm_bench' },
      { folder, headBytes: 1_001 },
    );
    expect(records).toBeGreaterThan(10);
    expect(records).toBeLessThan(5_000);
  });
});
