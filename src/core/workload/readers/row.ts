/**
 * One request as a data file tells it, whatever the file's format: when, how long, which text, which
 * shared prefix, which conversation. What a format does not know stays undefined and is filled by the
 * workload: lengths without a text get a synthetic prompt of that length.
 */
import type { Result } from '../../base/result.ts';

export interface DataRow {
  /** When it was asked, in ms on the file's own clock; only differences are used. */
  readonly atMs?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly prompt?: string;
  /** A text that stands before the prompt and that rows may share. */
  readonly prefix?: string;
  /** One number per block of the prompt: the same number is the same text of a block. */
  readonly hashIds?: readonly number[];
  /** Rows of one session are turns of one conversation, in the order of the file. */
  readonly session?: string;
  /** How long its user waited after the answer before. */
  readonly delayMs?: number;
}

/** What is wrong with a record; its line is added where lines are counted. */
export interface RowFault {
  /** The field in the file's own spelling; empty for the record as a whole. */
  readonly field: string;
  readonly code: 'missing_field' | 'wrong_type' | 'out_of_range' | 'not_json' | 'not_csv';
  readonly expected: string;
  readonly received: string;
}

/** A record gives none, one or several rows, or everything that is wrong with it. */
export type RowReading = Result<readonly DataRow[], readonly RowFault[]>;

/** A record of a file: a JSON object, or the fields of a CSV line under their header. */
export type FileRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is FileRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
