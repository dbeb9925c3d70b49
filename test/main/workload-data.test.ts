/** Data files as HTTP and the runner see them: faults with their place, and the whole file before a run. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/core/policy/question-defaults.ts';
import { resolveQuestion } from '../../src/core/policy/resolve-question.ts';
import { createWorkloadData } from '../../src/workload-data.ts';

let folder = '';
const signal = new AbortController().signal;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-workload-'));
  const line = (i: number): string =>
    JSON.stringify({ timestamp: i * 10, input_length: 9, output_length: 2 });
  const lines = Array.from({ length: 200_000 }, (_, i) => line(i));
  await writeFile(join(folder, 'good.jsonl'), lines.slice(0, 100).join('\n'));
  // Broken far behind what is looked at when a question is asked.
  lines[150_000] = '{"timestamp": 1';
  await writeFile(join(folder, 'late.jsonl'), lines.join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function question(workload: object) {
  const resolved = resolveQuestion(
    { target: { base_url: 'http://127.0.0.1:1/v1' }, slo: 'p99(ttft) < 1 s', workload },
    new Map(),
    DEFAULT_LIMITS,
  );
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
  return resolved.value;
}

const file = (path: string) => ({ path, format: 'mooncake' });

test('a good file, by its hash and its rows', async () => {
  const { readFiles, checkData } = createWorkloadData(folder);
  const asked = question({ file: file('good.jsonl') });
  expect(await checkData(asked)).toEqual([]);
  const read = await readFiles(asked, signal);
  expect(read).toMatchObject({
    ok: true,
    value: { provenance: [{ path: 'good.jsonl', rows: 100, rowsUsed: 100, sampling: 'all' }] },
  });
});

test('what is wrong behind the beginning stops the run before its load, with the line', async () => {
  const { readFiles, checkData } = createWorkloadData(folder);
  const asked = question({ file: file('late.jsonl') });
  expect(await checkData(asked)).toEqual([]);
  expect(await readFiles(asked, signal)).toMatchObject({
    ok: false,
    error: { reason: 'data_file_broken', detail: expect.stringContaining('line 150001') },
  });
});

test('all files of a mix at once, each in its place', async () => {
  const { checkData } = createWorkloadData(folder);
  const parts = [
    { name: 'a', weight: 0.5, file: file('../x') },
    { name: 'b', weight: 0.5, file: file('gone.jsonl') },
  ];
  expect(await checkData(question({ parts }))).toMatchObject([
    { pointer: '/workload/parts/0/file/path', code: 'data_file_outside' },
    { pointer: '/workload/parts/1/file/path', code: 'data_file_missing' },
  ]);
  expect(
    await createWorkloadData(undefined).checkData(question({ file: file('good.jsonl') })),
  ).toMatchObject([{ code: 'data_files_off' }]);
});
