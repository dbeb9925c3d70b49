/** What the client saw against what the target did: timing errors of first tokens, all tokens and gaps. */
import type { TargetTimes } from './target-process.ts';

/** Stamps of a client, by request id. */
export interface SeenTimes {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly seenMs: Float64Array;
}

export interface TimingErrors {
  /** Errors of all chunks compared, sorted. */
  readonly allMs: readonly number[];
  /** Chunks that the target wrote in the window. */
  readonly chunksSent: number;
  /** Chunks compared. */
  readonly compared: number;
  readonly late1msRatio: number;
  readonly first: Spread;
  readonly all: Spread;
  readonly gap: Spread;
}

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const LATE_MS = 1;

export function timingErrors(
  target: TargetTimes,
  seen: SeenTimes,
  fromMs: number,
  toMs: number,
): TimingErrors {
  const rowOfId = new Map<number, number>();
  seen.ids.forEach((id, row) => {
    rowOfId.set(id, row);
  });
  const first: number[] = [];
  const all: number[] = [];
  const gap: number[] = [];
  let chunksSent = 0;
  target.ids.forEach((id, i) => {
    const start = target.starts[i] ?? 0;
    const count = target.counts[i] ?? 0;
    const row = rowOfId.get(id);
    const seenStart = row === undefined ? 0 : (seen.starts[row] ?? 0);
    const seenCount = row === undefined ? 0 : (seen.counts[row] ?? 0);
    let before: number | undefined;
    for (let k = 0; k < count; k++) {
      const sentMs = target.sentMs[start + k] ?? Number.NaN;
      const inWindow = sentMs >= fromMs && sentMs < toMs;
      if (inWindow) chunksSent += 1;
      const error =
        k < seenCount ? (seen.seenMs[seenStart + k] ?? Number.NaN) - sentMs : Number.NaN;
      if (inWindow && !Number.isNaN(error)) {
        all.push(error);
        if (k === 0) first.push(error);
        if (before !== undefined) gap.push(Math.abs(error - before));
      }
      before = error;
    }
  });
  all.sort((a, b) => a - b);
  return {
    allMs: all,
    chunksSent,
    compared: all.length,
    late1msRatio: all.filter((error) => error > LATE_MS).length / Math.max(1, all.length),
    first: spread(first),
    all: spread(all),
    gap: spread(gap),
  };
}

export function spread(values: number[]): Spread {
  values.sort((a, b) => a - b);
  const at = (q: number): number => values[Math.floor(q * (values.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
