/**
 * All data files of one workload, read before any load: their rows for the generators, what they are for
 * the record, or everything that is wrong with any of them.
 */
import { createRandom } from '../core/base/random.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { isWhole } from '../core/dialect/endpoint.ts';
import { partsOf } from '../core/workload/parts.ts';
import type { DataProvenance } from '../core/workload/readers/data-provenance.ts';
import type { RowSample } from '../core/workload/readers/row-sample.ts';
import type { MixPart, WorkloadSpec } from '../core/workload/spec.ts';
import { type DataFile, type DataFileFault, readDataFile } from './data-files/read-data-file.ts';
import type { LoadFile } from './port.ts';
import { openTokenizer } from './tokenizer-file.ts';

export interface WorkloadFiles {
  /** By index of the part. */
  readonly files: ReadonlyMap<number, LoadFile>;
  readonly provenance: readonly DataProvenance[];
}

export interface PartFault {
  readonly part: number;
  readonly fault: DataFileFault;
}

export interface WorkloadFileOptions {
  /** Absent: the operator gave none, and every file is a fault. */
  readonly folder: string | undefined;
  /** A `tokenizer.json` in the folder. */
  readonly tokenizer?: string;
  readonly seed: number | string;
  /** The open loop follows the files' times. */
  readonly needsTimes: boolean;
  /** Look at no more than the beginning of each. */
  readonly headBytes?: number;
}

/** English text of common models; stated where it is used. */
const ESTIMATED_TOKENS_PER_CHAR = 0.25;
/** Enough to know the ratio to a percent. */
const COUNTED_TEXTS = 200;
const MAX_COUNTED_CHARS = 100_000;

export async function readWorkloadFiles(
  workload: WorkloadSpec,
  options: WorkloadFileOptions,
  signal: AbortSignal,
): Promise<Result<WorkloadFiles, readonly PartFault[]>> {
  const parts = partsOf(workload);
  const count = await counterOf(options, parts);
  const files = new Map<number, LoadFile>();
  const provenance: DataProvenance[] = [];
  const faults: PartFault[] = [];
  for (const [part, { name, request }] of parts.entries()) {
    if (request.kind !== 'file') continue;
    const { headBytes, folder, needsTimes, seed } = options;
    const needs = {
      times: needsTimes,
      outputTokens: request.outputTokens === undefined && !isWhole(request.endpoint),
    };
    const random = createRandom(seed).fork(`sample-${part}`);
    const read = await readDataFile(
      request.file,
      {
        folder,
        needs,
        countTokens: count ?? estimate,
        random,
        ...(headBytes !== undefined && { headBytes }),
      },
      signal,
    );
    if (!read.ok) {
      faults.push({ part, fault: read.error });
      continue;
    }
    const { sample, blockTokens, ordered } = read.value;
    files.set(part, { sample, blockTokens, ordered, tokensPerChar: tokensPerChar(sample, count) });
    provenance.push(provenanceOf(name, read.value));
  }
  return faults.length > 0 ? err(faults) : ok({ files, provenance });
}

function estimate(text: string): number {
  return Math.ceil(text.length * ESTIMATED_TOKENS_PER_CHAR);
}

/** A tokenizer that cannot be read is told when the target is checked; here it only counts worse. */
async function counterOf(
  { folder, tokenizer }: WorkloadFileOptions,
  parts: readonly MixPart[],
): Promise<((text: string) => number) | undefined> {
  const isNeeded = parts.some(({ request }) => request.kind === 'file');
  if (tokenizer === undefined || !isNeeded) return undefined;
  const opened = await openTokenizer(folder, tokenizer);
  return opened.ok ? opened.value.count : undefined;
}

function tokensPerChar(
  { prompts }: RowSample,
  count: ((text: string) => number) | undefined,
): number {
  if (count === undefined) return ESTIMATED_TOKENS_PER_CHAR;
  let chars = 0;
  let tokens = 0;
  for (const text of prompts.slice(0, COUNTED_TEXTS)) {
    if (chars > MAX_COUNTED_CHARS) break;
    chars += text.length;
    tokens += count(text);
  }
  return chars === 0 ? ESTIMATED_TOKENS_PER_CHAR : tokens / chars;
}

function provenanceOf(part: string, file: DataFile): DataProvenance {
  const { path, format, bytes, sha256, rows, truncated, ordered, sample } = file;
  const sampling = truncated ? (ordered ? 'first' : 'reservoir') : 'all';
  return { part, path, format, bytes, sha256, rows, rowsUsed: sample.count, sampling };
}
