/**
 * Published traces of real services, in the shapes in which they are published: lengths and times,
 * two of them with the hash ids of prompt blocks, none with a text.
 */
import { err, ok } from '../../base/result.ts';
import { type Fields, readFields } from './fields.ts';
import type { TimeUnit } from './file-time.ts';
import type { DataRow, FileRecord, RowReading } from './row.ts';

/** Tokens under one hash id: Mooncake (FAST'25 release). */
export const MOONCAKE_BLOCK_TOKENS = 512;
/** The same of Qwen-Bailian's usage traces. */
export const BAILIAN_BLOCK_TOKENS = 16;

/** Azure LLM inference traces of 2023 and 2024, code and conversation. */
export function readAzure(record: FileRecord): RowReading {
  const fields = readFields(record);
  const atMs = fields.requiredTime(['TIMESTAMP'], 'date');
  const inputTokens = fields.requiredCount(['ContextTokens'], 1);
  const outputTokens = fields.requiredCount(['GeneratedTokens']);
  return one(fields, { ...lengths(inputTokens, outputTokens), ...at(atMs) });
}

/**
 * BurstGPT. Older files lack the session and the elapsed time, which are not needed. No response token means that the request
 * failed there: nothing is known of what it would have asked, so it is left out.
 */
export function readBurstGpt(record: FileRecord): RowReading {
  const fields = readFields(record);
  const atMs = fields.requiredTime(['Timestamp'], 's');
  const inputTokens = fields.requiredCount(['Request tokens']);
  const outputTokens = fields.requiredCount(['Response tokens']);
  if (fields.faults.length === 0 && outputTokens === 0) return ok([]);
  return one(fields, {
    ...lengths(inputTokens, outputTokens),
    ...at(atMs),
  });
}

/** Mooncake, and the traces that take its shape (`timed_trace` of vLLM, `trace_synthetic`). */
export function readMooncake(unit: TimeUnit, blockTokens: number) {
  return (record: FileRecord): RowReading => {
    const fields = readFields(record);
    const atMs = fields.time(['timestamp'], unit);
    const inputTokens = fields.requiredCount(['input_length'], 1);
    const outputTokens = fields.requiredCount(['output_length']);
    const hashIds = fields.ids(['hash_ids']);
    checkBlocks(fields, inputTokens, hashIds, blockTokens);
    return one(fields, {
      ...lengths(inputTokens, outputTokens),
      ...at(atMs),
      ...(hashIds !== undefined && { hashIds }),
    });
  };
}

/** Qwen-Bailian usage traces: a row's prompt holds the turns before it, so every row stands alone. */
export function readBailian(unit: TimeUnit, blockTokens: number) {
  const readRow = readMooncake(unit, blockTokens);
  return (record: FileRecord): RowReading => {
    const fields = readFields(record);
    fields.requiredTime(['timestamp'], unit);
    const row = readRow(record);
    if (fields.faults.length === 0) return row;
    // A time of the wrong kind is found by both.
    const others = row.ok ? [] : row.error.filter(({ field }) => field !== 'timestamp');
    return err([...fields.faults, ...others]);
  };
}

/** One id per block, the last block cut short: `ceil(input / block)` of them. */
function checkBlocks(
  fields: Fields,
  inputTokens: number | undefined,
  hashIds: readonly number[] | undefined,
  blockTokens: number,
): void {
  if (inputTokens === undefined || hashIds === undefined || hashIds.length === 0) return;
  const blocks = Math.ceil(inputTokens / blockTokens);
  if (hashIds.length === blocks) return;
  fields.fault({
    field: 'hash_ids',
    code: 'out_of_range',
    expected: `${blocks} ids: one per ${blockTokens} tokens of ${inputTokens}`,
    received: `${hashIds.length} ids`,
  });
}

function lengths(
  inputTokens: number | undefined,
  outputTokens: number | undefined,
): Pick<DataRow, 'inputTokens' | 'outputTokens'> {
  return {
    // A zero stands in some rows of conversations; a prompt has at least one token.
    ...(inputTokens !== undefined && { inputTokens: Math.max(1, inputTokens) }),
    ...(outputTokens !== undefined && { outputTokens: Math.max(1, outputTokens) }),
  };
}

function at(atMs: number | undefined): Pick<DataRow, 'atMs'> {
  return atMs === undefined ? {} : { atMs };
}

function one(fields: Fields, row: DataRow): RowReading {
  return fields.faults.length > 0 ? err(fields.faults) : ok([row]);
}
