/**
 * Data files as the rooms of the service ask for them: read in full before a search runs, and looked
 * at when it is asked, so that what is wrong with a file is said at once and with its line.
 */
import type { Fault } from './core/base/fault.ts';
import { err, ok } from './core/base/result.ts';
import type { Question } from './core/policy/question.ts';
import type { WorkloadSpec } from './core/workload/spec.ts';
import {
  type PartFault,
  readWorkloadFiles,
  type WorkloadFileOptions,
} from './load/workload-files.ts';
import type { Engine } from './service/engine/engine-port.ts';
import type { HttpParts } from './service/http/ports.ts';

export interface WorkloadData {
  readonly readFiles: NonNullable<Engine['readFiles']>;
  readonly checkData: NonNullable<HttpParts['checkData']>;
}

/** A caller waits for this: most files are smaller, and of the others the beginning tells the shape. */
const CHECKED_BYTES = 4_194_304;
const CHECK_TIMEOUT_MS = 10_000;
/** Faults that one sentence can hold; all of them are counted in it. */
const TOLD_FAULTS = 5;

/** `folder`: PLIMSOLL_DATA_FILES_DIR; absent: no question may name a file. */
export function createWorkloadData(folder: string | undefined): WorkloadData {
  return {
    async readFiles(question, signal) {
      const read = await readWorkloadFiles(question.workload, optionsOf(question, folder), signal);
      return read.ok ? ok(read.value) : err(sentenceOf(read.error));
    },
    async checkData(question) {
      const options = { ...optionsOf(question, folder), headBytes: CHECKED_BYTES };
      const within = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      const read = await readWorkloadFiles(question.workload, options, within);
      return read.ok ? [] : read.error.flatMap((one) => faultsOf(one, question.workload));
    },
  };
}

function optionsOf(
  { target, workload, axis, seed }: Question,
  folder: string | undefined,
): WorkloadFileOptions {
  const { arrivals } = workload;
  return {
    folder,
    seed,
    needsTimes: axis === 'request_rate' && arrivals.kind === 'trace' && arrivals.atMs === undefined,
    ...(target.tokenizer !== undefined && { tokenizer: target.tokenizer }),
  };
}

function faultsOf({ part, fault }: PartFault, workload: WorkloadSpec): Fault[] {
  const place = workload.kind === 'mix' ? `/workload/parts/${part}/file` : '/workload/file';
  if (fault.kind === 'path') {
    const { code, expected, received } = fault.fault;
    return [{ pointer: `${place}/path`, code, expected, received }];
  }
  const faults = fault.faults.map(({ line, field, code, expected, received }): Fault => {
    const where = field === '' ? expected : `${field}: ${expected}`;
    const told = { pointer: place, code: `data_${code}`, expected: where, received };
    return line === 0 ? told : { ...told, line };
  });
  if (fault.faultCount <= faults.length) return faults;
  const expected = 'a file without faults';
  const received = `${fault.faultCount} faults, of which ${faults.length} are shown`;
  return [...faults, { pointer: place, code: 'data_more_faults', expected, received }];
}

function sentenceOf(all: readonly PartFault[]): { reason: string; detail: string } {
  const [first] = all;
  const reason = first?.fault.kind === 'path' ? first.fault.fault.code : 'data_file_broken';
  const sentences = all.flatMap(({ fault }) => {
    if (fault.kind === 'path') {
      const { expected, received } = fault.fault;
      return [`${received} is not ${expected}`];
    }
    const told = fault.faults.slice(0, TOLD_FAULTS).map(({ line, field, expected, received }) => {
      const where = line === 0 ? '' : `line ${line}: `;
      return `${where}${field === '' ? '' : `${field}: `}expected ${expected}, got ${received}`;
    });
    const more = fault.faultCount - told.length;
    return more > 0 ? [...told, `and ${more} more`] : told;
  });
  return { reason, detail: sentences.join('; ') };
}
