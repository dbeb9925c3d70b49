/**
 * One pass over a data file before any load: every record is checked, a bounded sample is kept for the
 * generators, and the whole is hashed, so that a result names exactly what it was measured with. Memory
 * does not grow with the file; between two pieces of it the event loop serves others.
 */
import { createHash } from 'node:crypto';
import type { Random } from '../../core/base/random.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { containerOf, type DataFileSpec } from '../../core/workload/readers/formats.ts';
import {
  createRecordReading,
  type FileReading,
  type LineFault,
  type ReadNeeds,
} from '../../core/workload/readers/read-records.ts';
import type { SampleLimits } from '../../core/workload/readers/row-sample.ts';
import { openDataFile, type PathFault } from './data-folder.ts';
import { createContainerReader } from './file-lines.ts';

export interface DataFile extends FileReading {
  /** As the question names it. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export type DataFileFault =
  | { readonly kind: 'path'; readonly fault: PathFault }
  | {
      readonly kind: 'content';
      readonly faults: readonly LineFault[];
      /** All of them, kept or not. */
      readonly faultCount: number;
    };

export interface ReadOptions {
  readonly folder: string | undefined;
  readonly needs: ReadNeeds;
  readonly countTokens: (text: string) => number;
  readonly random: Random;
  readonly limits?: SampleLimits;
  /** Look at no more than this beginning of the file; the last line in it may be cut. */
  readonly headBytes?: number;
}

const PIECE_BYTES = 262_144;

export async function readDataFile(
  spec: DataFileSpec,
  options: ReadOptions,
  signal: AbortSignal,
): Promise<Result<DataFile, DataFileFault>> {
  const opened = await openDataFile(options.folder, spec.path);
  if (!opened.ok) return err({ kind: 'path', fault: opened.error });
  const { handle, bytes } = opened.value;
  try {
    const { needs, countTokens, random, limits, headBytes } = options;
    const reading = createRecordReading(spec, needs, countTokens, random, limits);
    const container = createContainerReader(containerOf(spec), reading);
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const hash = createHash('sha256');
    const stopAt = Math.min(bytes, headBytes ?? bytes);
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let at = 0;
    while (at < stopAt && !reading.hopeless) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, at);
      if (bytesRead === 0) break;
      const got = piece.subarray(0, bytesRead);
      hash.update(got);
      container.push(decoder.decode(got, { stream: true }));
      at += bytesRead;
    }
    // A beginning ends in the middle of a record: that is no fault of the file.
    if (stopAt === bytes) {
      container.push(decoder.decode());
      container.end();
    }
    const result = reading.finish();
    if ('faults' in result) return err({ kind: 'content', ...result });
    return ok({ ...result, path: spec.path, bytes, sha256: hash.digest('hex') });
  } finally {
    await handle.close();
  }
}
