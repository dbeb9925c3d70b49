/**
 * Reads the records of one data file in order: finds the format, turns records into rows, keeps the
 * sample, and collects what is wrong, with line numbers. It has no end of its own: whoever has the
 * bytes pushes records and asks for the result.
 */
import type { Random } from '../../base/random.ts';
import { shown } from './fields.ts';
import { rateFault } from './file-time.ts';
import { type DataFileSpec, type RowReader, rowReader, sniffFormat } from './formats.ts';
import type { DataRow, FileRecord, RowFault } from './row.ts';
import { createSampleBuilder, type RowSample, type SampleLimits } from './row-sample.ts';

export interface LineFault extends RowFault {
  /** From 1, in the file; 0 when it is the file as a whole. */
  readonly line: number;
}

export interface ReadNeeds {
  /** Every row must have a time, because the load follows them. */
  readonly times: boolean;
  /** Rows must know their output length, because nothing else says it. */
  readonly outputTokens: boolean;
}

export interface FileReading {
  readonly format: RowReader['format'];
  readonly blockTokens: number;
  readonly sample: RowSample;
  readonly rows: number;
  readonly records: number;
  readonly truncated: boolean;
  readonly ordered: boolean;
}

export interface RecordReading {
  push(record: FileRecord, line: number): void;
  /** A line that is no record at all. */
  broken(line: number, code: 'not_json' | 'not_csv', expected: string, received: string): void;
  /** True when enough is wrong to stop reading. */
  readonly hopeless: boolean;
  /** The faults (all that were kept, and how many there were), or the reading. */
  finish(): FileReading | { readonly faults: readonly LineFault[]; readonly faultCount: number };
}

/** Nobody reads more of them, and a file in the wrong format has one on every line. */
export const MAX_LINE_FAULTS = 20;
/** After so many the file is not what it was said to be. */
const HOPELESS_FAULTS = 1_000;

export function createRecordReading(
  spec: DataFileSpec,
  needs: ReadNeeds,
  countTokens: (text: string) => number,
  random: Random,
  limits?: SampleLimits,
): RecordReading {
  const faults: LineFault[] = [];
  let faultCount = 0;
  let records = 0;
  let reader: RowReader | undefined;
  let builder: ReturnType<typeof createSampleBuilder> | undefined;
  const span = { firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY, rows: 0 };

  const fault = (line: number, one: RowFault): void => {
    faultCount += 1;
    if (faults.length < MAX_LINE_FAULTS) faults.push({ line, ...one });
  };

  function open(record: FileRecord, line: number): RowReader | undefined {
    const format = spec.format === 'auto' ? sniffFormat(record) : spec.format;
    if (format === undefined) {
      const received = Object.keys(record).slice(0, 12).join(', ');
      const expected = 'the name of its format: the first record does not settle it';
      fault(line, { field: '', code: 'wrong_type', expected, received });
      return undefined;
    }
    reader = rowReader(format, spec, countTokens);
    builder = createSampleBuilder(reader.ordered, random, limits);
    return reader;
  }

  function take(row: DataRow, line: number): void {
    if (row.atMs !== undefined) {
      span.rows += 1;
      span.firstMs = Math.min(span.firstMs, row.atMs);
      span.lastMs = Math.max(span.lastMs, row.atMs);
    } else if (needs.times) {
      const expected = 'a timestamp: the arrivals follow the file';
      fault(line, { field: 'timestamp', code: 'missing_field', expected, received: 'nothing' });
    }
    if (needs.outputTokens && row.outputTokens === undefined) {
      const expected = 'a number of output tokens, or output_tokens in the workload';
      fault(line, { field: 'output_tokens', code: 'missing_field', expected, received: 'nothing' });
    }
    builder?.add(row);
  }

  return {
    push(record, line) {
      records += 1;
      const open_ = reader ?? (records === 1 ? open(record, line) : undefined);
      if (open_ === undefined) return;
      const reading = open_.read(record);
      if (reading.ok) for (const row of reading.value) take(row, line);
      else for (const one of reading.error) fault(line, one);
    },
    broken(line, code, expected, received) {
      fault(line, { field: '', code, expected, received: shown(received) });
    },
    get hopeless() {
      return faultCount >= HOPELESS_FAULTS || (records > 0 && reader === undefined);
    },
    finish() {
      const rows = builder?.seen ?? 0;
      if (faultCount === 0 && rows === 0) {
        const received = records === 0 ? 'an empty file' : `${records} records without a request`;
        fault(0, { field: '', code: 'missing_field', expected: 'at least one request', received });
      }
      const rate = rateFault(span.rows, span.lastMs - span.firstMs, reader?.timeUnit ?? 'ms');
      if (rate !== undefined) {
        const expected = 'times in their unit: 0.01 to 10,000 requests per second';
        fault(0, { field: 'timestamp', code: 'out_of_range', expected, received: rate });
      }
      if (faultCount > 0 || reader === undefined || builder === undefined) {
        return { faults, faultCount };
      }
      return {
        format: reader.format,
        blockTokens: reader.blockTokens,
        sample: builder.build(),
        rows,
        records,
        truncated: builder.truncated,
        ordered: reader.ordered,
      };
    },
  };
}
