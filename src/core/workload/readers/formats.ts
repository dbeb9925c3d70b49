/**
 * The formats of data files: which container holds the records, how one is read, and whether it knows
 * times. A format is guessed only where the file itself settles its units; else it has to be named.
 */
import type { TimeUnit } from './file-time.ts';
import { readOtel } from './otel.ts';
import {
  type ColumnMap,
  DEFAULT_COLUMNS,
  readAiperf,
  readGuidellm,
  readMapped,
  readShareGpt,
  readVllmBench,
} from './prompt-sets.ts';
import { type FileRecord, isRecord, type RowReading } from './row.ts';
import {
  BAILIAN_BLOCK_TOKENS,
  MOONCAKE_BLOCK_TOKENS,
  readAzure,
  readBailian,
  readBurstGpt,
  readMooncake,
} from './traces.ts';

export const DATA_FORMATS = [
  'auto',
  'mapped',
  'sharegpt',
  'vllm_bench',
  'guidellm',
  'aiperf',
  'azure',
  'burstgpt',
  'mooncake',
  'bailian',
  'otel',
] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];

/** Records one below the other as JSON, as CSV under a header, or as one JSON array. */
export type Container = 'lines' | 'csv' | 'array';

export interface DataFileSpec {
  /** Below the folder that the operator gave for data files. */
  readonly path: string;
  readonly format: DataFormat;
  /** For `mapped`: which column is what. */
  readonly columns?: ColumnMap;
  /** Of `timestamp`, where the format leaves it open. */
  readonly timeUnit?: TimeUnit;
  /** Tokens under one hash id, where they are not the publisher's. */
  readonly blockTokens?: number;
}

export interface RowReader {
  readonly format: Exclude<DataFormat, 'auto'>;
  readonly timeUnit: TimeUnit;
  /** Tokens of one block of `hashIds`. */
  readonly blockTokens: number;
  /** Whether the order of the rows means something: then a part of the file is its beginning. */
  readonly ordered: boolean;
  read(record: FileRecord): RowReading;
}

export function containerOf({ path, format }: DataFileSpec): Container {
  if (format === 'azure' || format === 'burstgpt' || /\.csv$/i.test(path)) return 'csv';
  return format === 'sharegpt' || /\.json$/i.test(path) ? 'array' : 'lines';
}

/** The format that the first record shows; undefined when units would have to be guessed. */
export function sniffFormat(record: FileRecord): Exclude<DataFormat, 'auto'> | undefined {
  const has = (...names: string[]): boolean => names.every((name) => record[name] !== undefined);
  if (has('TIMESTAMP', 'ContextTokens', 'GeneratedTokens')) return 'azure';
  if (has('Timestamp', 'Request tokens', 'Response tokens')) return 'burstgpt';
  if (has('hash_ids', 'chat_id')) return 'bailian';
  if (has('hash_ids', 'input_length')) return 'mooncake';
  if (has('resourceSpans')) return 'otel';
  if (isRecord(record['attributes']) && has('start_time')) return 'otel';
  if (has('conversations')) return 'sharegpt';
  if (has('turns')) return 'aiperf';
  return has('prompt') && !has('timestamp') ? 'vllm_bench' : undefined;
}

export function rowReader(
  format: Exclude<DataFormat, 'auto'>,
  spec: DataFileSpec,
  countTokens: (text: string) => number,
): RowReader {
  const unit = (otherwise: TimeUnit): TimeUnit => spec.timeUnit ?? otherwise;
  const block = (otherwise: number): number => spec.blockTokens ?? otherwise;
  const reader = (
    read: RowReader['read'],
    timeUnit: TimeUnit,
    ordered: boolean,
    blockTokens: number = MOONCAKE_BLOCK_TOKENS,
  ): RowReader => ({ format, timeUnit, blockTokens, ordered, read });
  switch (format) {
    case 'azure':
      return reader(readAzure, 'date', true);
    case 'burstgpt':
      return reader(readBurstGpt, 's', true);
    case 'otel':
      return reader(readOtel, 'date', true);
    case 'mooncake': {
      const blockTokens = block(MOONCAKE_BLOCK_TOKENS);
      return reader(readMooncake(unit('ms'), blockTokens), unit('ms'), true, blockTokens);
    }
    case 'bailian': {
      const blockTokens = block(BAILIAN_BLOCK_TOKENS);
      return reader(readBailian(unit('s'), blockTokens), unit('s'), true, blockTokens);
    }
    case 'sharegpt':
      return reader(readShareGpt(countTokens), 'ms', false);
    case 'vllm_bench':
      return reader(readVllmBench, 'ms', false);
    case 'guidellm':
      return reader(readGuidellm, 's', false);
    case 'aiperf':
      return reader(readAiperf, 'ms', true);
    case 'mapped': {
      const columns = spec.columns ?? DEFAULT_COLUMNS;
      const ordered = (columns.timestamp ?? columns.session ?? columns.hashIds) !== undefined;
      const timeUnit = unit('s');
      return reader(
        readMapped(columns, timeUnit),
        timeUnit,
        ordered && spec.columns !== undefined,
        block(MOONCAKE_BLOCK_TOKENS),
      );
    }
  }
}
