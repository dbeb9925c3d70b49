/**
 * Reads generated data files of about 100 MB in each container and says what it cost: time, and memory
 * beside what the sample itself takes. `node test/bench/data-files.ts [MB]`; ends with 1 when memory grew with the file.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../src/core/base/random.ts';
import type { DataFileSpec } from '../../src/core/workload/readers/formats.ts';
import { readDataFile } from '../../src/load/data-files/read-data-file.ts';

const BYTES = Number(process.argv[2] ?? 100) * 1_000_000;
/** A sample that is small beside the file, so that what grows with the file shows. */
const LIMITS = { rows: 10_000, chars: 8_000_000, hashIds: 1_000_000 };
const MAX_GROWTH_MB = 120;

const random = createRandom(7);
const words = (count: number): string => 'lorem ipsum dolor '.repeat(count);

interface Shape {
  readonly name: string;
  readonly spec: DataFileSpec;
  readonly head: string;
  readonly row: (i: number) => string;
  readonly tail: string;
}

const SHAPES: readonly Shape[] = [
  {
    name: 'azure, CSV',
    spec: { path: 'azure.csv', format: 'azure' },
    head: 'TIMESTAMP,ContextTokens,GeneratedTokens\n',
    row: (i) => {
      const at = new Date(1_700_000_000_000 + i * 20)
        .toISOString()
        .replace('T', ' ')
        .replace('Z', '0000');
      return `${at},${1 + random.integer(4_000)},${1 + random.integer(400)}\n`;
    },
    tail: '',
  },
  {
    name: 'mooncake, JSONL',
    spec: { path: 'mooncake.jsonl', format: 'mooncake' },
    head: '',
    row: (i) => {
      const hashIds = Array.from({ length: 12 }, () => random.integer(1_000_000));
      const line = { timestamp: i * 30, input_length: 6_000, output_length: 52, hash_ids: hashIds };
      return `${JSON.stringify(line)}\n`;
    },
    tail: '',
  },
  {
    name: 'sharegpt, array',
    spec: { path: 'sharegpt.json', format: 'sharegpt' },
    head: '[\n',
    row: (i) => {
      const value = words(20 + random.integer(60));
      const turns = [
        { from: 'human', value: `${i} ${value}` },
        { from: 'gpt', value },
      ];
      return `${i === 0 ? '' : ',\n'}${JSON.stringify({ id: String(i), conversations: turns })}`;
    },
    tail: '\n]\n',
  },
];

async function write(folder: string, { spec, head, row, tail }: Shape): Promise<void> {
  const out = createWriteStream(join(folder, spec.path));
  let bytes = 0;
  out.write(head);
  for (let i = 0; bytes < BYTES; i++) {
    const text = row(i);
    bytes += text.length;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end(tail);
  await once(out, 'close');
}

const folder = await mkdtemp(join(tmpdir(), 'plimsoll-data-bench-'));
try {
  for (const shape of SHAPES) {
    await write(folder, shape);
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 20);
    const startMs = performance.now();
    const result = await readDataFile(
      shape.spec,
      {
        folder,
        needs: { times: false, outputTokens: true },
        countTokens: (text) => Math.ceil(text.length / 4),
        random: createRandom(1),
        limits: LIMITS,
      },
      AbortSignal.timeout(300_000),
    );
    const seconds = (performance.now() - startMs) / 1_000;
    clearInterval(watch);
    const { size } = await stat(join(folder, shape.spec.path));
    const grownMb = (Math.max(peak, process.memoryUsage.rss()) - before) / 1e6;
    const rows = result.ok ? result.value.rows : JSON.stringify(result.error).slice(0, 500);
    process.stdout.write(
      `${shape.name}: ${(size / 1e6).toFixed(0)} MB, ${rows} rows, ${seconds.toFixed(1)} s (${(size / 1e6 / seconds).toFixed(0)} MB/s), memory +${grownMb.toFixed(0)} MB\n`,
    );
    if (!result.ok || grownMb > MAX_GROWTH_MB) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
