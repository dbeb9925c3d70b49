/**
 * Raw request records as they are stored: the columns one after the other behind a small JSON head,
 * deflated. A burst of 100,000 requests stays one row, and another SLO can be judged over it later.
 */
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { assert } from '../../core/base/result.ts';
import type { BurstSnapshot, ClientHealth } from '../../core/metrics/burst-snapshot.ts';
import type { RequestColumns } from '../../core/metrics/request-columns.ts';
import { fromJsonText, toJsonText } from './json-text.ts';

/** 2: with the part of each request. */
const FORMAT = 2;
/** Written before workloads had parts: every request belongs to the first. */
const FORMAT_WITHOUT_PARTS = 1;
/** Level 1 costs a third of the default's CPU for about a tenth more bytes; load may be running beside it. */
const DEFLATE_LEVEL = 1;
/** A blob that unpacks to more than this was not written here: 2 million requests with 150 gaps each are 0.8 GB. */
const MAX_UNPACKED_BYTES = 1_073_741_824;
const HEAD_LENGTH_BYTES = 4;

type ColumnName = Exclude<keyof RequestColumns, 'count' | 'gapCount'>;
type Column = RequestColumns[ColumnName];

/** Order in the blob; append only, with a new format number when one is taken away. */
const COLUMN_ORDER: readonly ColumnName[] = [
  'scheduledMs',
  'sentMs',
  'firstByteMs',
  'firstTokenMs',
  'lastTokenMs',
  'endMs',
  'chunkCount',
  'inputTokens',
  'outputTokens',
  'cachedTokens',
  'askedOutputTokens',
  'askedInputTokens',
  'outcome',
  'httpStatus',
  'retryAfterS',
  'gapStart',
  'gapUnits',
  'part',
];

interface Head {
  readonly format: number;
  readonly count: number;
  readonly gapCount: number;
  readonly burstStartMs: number;
  readonly windowStartMs: number;
  readonly nowMs: number;
  readonly health: ClientHealth;
}

const deflateAsync = promisify(deflate);
const inflateAsync = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);

export async function packSnapshot(snapshot: BurstSnapshot): Promise<Buffer> {
  const { records, ...times } = snapshot;
  const head: Head = {
    ...times,
    format: FORMAT,
    count: records.count,
    gapCount: records.gapCount,
  };
  const headBytes = Buffer.from(toJsonText(head));
  const length = Buffer.alloc(HEAD_LENGTH_BYTES);
  length.writeUInt32LE(headBytes.length);
  const parts = COLUMN_ORDER.map((name) => {
    const used = records[name].subarray(0, name === 'gapUnits' ? records.gapCount : records.count);
    return Buffer.from(used.buffer, used.byteOffset, used.byteLength);
  });
  return deflateAsync(Buffer.concat([length, headBytes, ...parts]), { level: DEFLATE_LEVEL });
}

export async function unpackSnapshot(packed: Buffer): Promise<BurstSnapshot> {
  const bytes = await inflateAsync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
  const headEnd = HEAD_LENGTH_BYTES + bytes.readUInt32LE(0);
  const head = fromJsonText<Head>(bytes.toString('utf8', HEAD_LENGTH_BYTES, headEnd));
  const hasParts = head.format === FORMAT;
  assert(
    hasParts || head.format === FORMAT_WITHOUT_PARTS,
    `request records of format ${head.format}`,
  );
  let offset = headEnd;
  /** A copy of the next column, so that it is aligned whatever the head's length. */
  const take = <T extends Column>(make: (buffer: ArrayBuffer) => T, width: number): T => {
    const end = offset + width;
    assert(end <= bytes.length, 'request records are cut short');
    const copy = new Uint8Array(width);
    copy.set(bytes.subarray(offset, end));
    offset = end;
    return make(copy.buffer);
  };
  const rows = head.count;
  const times = (): Float64Array => take((b) => new Float64Array(b), rows * 8);
  const counts = (): Int32Array => take((b) => new Int32Array(b), rows * 4);
  // Object members are evaluated as written: the order is COLUMN_ORDER's.
  const records: RequestColumns = {
    count: rows,
    gapCount: head.gapCount,
    scheduledMs: times(),
    sentMs: times(),
    firstByteMs: times(),
    firstTokenMs: times(),
    lastTokenMs: times(),
    endMs: times(),
    chunkCount: counts(),
    inputTokens: counts(),
    outputTokens: counts(),
    cachedTokens: counts(),
    askedOutputTokens: counts(),
    askedInputTokens: counts(),
    outcome: take((b) => new Uint8Array(b), rows),
    httpStatus: take((b) => new Uint16Array(b), rows * 2),
    retryAfterS: counts(),
    gapStart: counts(),
    gapUnits: take((b) => new Uint16Array(b), head.gapCount * 2),
    part: hasParts ? take((b) => new Uint8Array(b), rows) : new Uint8Array(rows),
  };
  const { burstStartMs, windowStartMs, nowMs, health } = head;
  return { burstStartMs, windowStartMs, nowMs, health, records };
}
