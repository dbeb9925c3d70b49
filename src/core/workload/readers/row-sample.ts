/**
 * The rows of a data file that the load is made of: a bounded part, as columns, whatever the size of
 * the file. A file whose order means something (times, shared blocks, conversations) is taken from its
 * beginning; a set of single prompts by a reservoir, so that no part of it is preferred.
 */
import type { Random } from '../../base/random.ts';
import type { DataRow } from './row.ts';

export interface RowSample {
  readonly count: number;
  /** NaN where the file gives none. */
  readonly atMs: Float64Array;
  /** -1 where the file gives none. */
  readonly inputTokens: Int32Array;
  readonly outputTokens: Int32Array;
  readonly delayMs: Float64Array;
  /** The next turn of the conversation, -1 at its end. */
  readonly nextTurn: Int32Array;
  /** 1 where a conversation begins. */
  readonly isFirst: Uint8Array;
  /** Empty where the file gives none. */
  readonly prompts: readonly string[];
  readonly prefixes: readonly string[];
  /** Ids of row i: hashIds[hashStart[i] .. hashStart[i + 1]]. */
  readonly hashStart: Uint32Array;
  readonly hashIds: Float64Array;
}

export interface SampleLimits {
  readonly rows: number;
  /** Of all texts together. */
  readonly chars: number;
  readonly hashIds: number;
}

/** Two hundred thousand requests are ten budgets; texts and ids of 64 MB each. */
export const SAMPLE_LIMITS: SampleLimits = {
  rows: 200_000,
  chars: 67_108_864,
  hashIds: 8_388_608,
};

export interface SampleBuilder {
  add(row: DataRow): void;
  /** Rows seen, kept or not. */
  readonly seen: number;
  /** Whether rows were seen that are not in the sample. */
  readonly truncated: boolean;
  build(): RowSample;
}

export function createSampleBuilder(
  ordered: boolean,
  random: Random,
  limits: SampleLimits = SAMPLE_LIMITS,
): SampleBuilder {
  const rows: DataRow[] = [];
  let seen = 0;
  let chars = 0;
  let ids = 0;
  let full = false;

  const fits = (row: DataRow): boolean =>
    chars + charsOf(row) <= limits.chars && ids + (row.hashIds?.length ?? 0) <= limits.hashIds;

  function keep(row: DataRow, place: number): void {
    const before = rows[place];
    if (before !== undefined) {
      chars -= charsOf(before);
      ids -= before.hashIds?.length ?? 0;
    }
    chars += charsOf(row);
    ids += row.hashIds?.length ?? 0;
    rows[place] = row;
  }

  return {
    add(row) {
      seen += 1;
      if (!full && rows.length < limits.rows && fits(row)) {
        keep(row, rows.length);
        return;
      }
      full = true;
      if (ordered || rows.length === 0) return;
      // Algorithm R (Vitter 1985): every row seen so far is in the sample with the same chance.
      const place = random.integer(seen);
      if (place < rows.length && fits(row)) keep(row, place);
    },
    get seen() {
      return seen;
    },
    get truncated() {
      return seen > rows.length;
    },
    build: () => columnsOf(ordered ? inTimeOrder(rows) : rows),
  };
}

function charsOf({ prompt = '', prefix = '' }: DataRow): number {
  return prompt.length + prefix.length;
}

/** Recorded files are nearly sorted; a stable sort leaves equal times and rows without one as they are. */
function inTimeOrder(rows: readonly DataRow[]): readonly DataRow[] {
  if (rows.some(({ atMs }) => atMs === undefined)) return rows;
  return [...rows].sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
}

function columnsOf(rows: readonly DataRow[]): RowSample {
  const count = rows.length;
  const sample = {
    count,
    atMs: new Float64Array(count).fill(Number.NaN),
    inputTokens: new Int32Array(count).fill(-1),
    outputTokens: new Int32Array(count).fill(-1),
    delayMs: new Float64Array(count),
    nextTurn: new Int32Array(count).fill(-1),
    isFirst: new Uint8Array(count).fill(1),
    prompts: rows.map(({ prompt = '' }) => prompt),
    prefixes: rows.map(({ prefix = '' }) => prefix),
    hashStart: new Uint32Array(count + 1),
    hashIds: new Float64Array(rows.reduce((sum, row) => sum + (row.hashIds?.length ?? 0), 0)),
  };
  const lastOf = new Map<string, number>();
  let ids = 0;
  for (const [i, row] of rows.entries()) {
    if (row.atMs !== undefined) sample.atMs[i] = row.atMs;
    if (row.inputTokens !== undefined) sample.inputTokens[i] = row.inputTokens;
    if (row.outputTokens !== undefined) sample.outputTokens[i] = row.outputTokens;
    sample.delayMs[i] = row.delayMs ?? 0;
    sample.hashIds.set(row.hashIds ?? [], ids);
    ids += row.hashIds?.length ?? 0;
    sample.hashStart[i + 1] = ids;
    if (row.session === undefined) continue;
    const before = lastOf.get(row.session);
    if (before !== undefined) {
      sample.nextTurn[before] = i;
      sample.isFirst[i] = 0;
    }
    lastOf.set(row.session, i);
  }
  return sample;
}

/** When its conversations began, in order; undefined when the file does not know. */
export function recordedTimes({ atMs, isFirst }: RowSample): Float64Array | undefined {
  const times = atMs.filter((_, row) => isFirst[row] === 1);
  return times.length === 0 || times.some(Number.isNaN) ? undefined : times;
}

/** Tokens in and out of the longest row, as far as the file knows them. */
export function longestRow({ count, inputTokens, outputTokens }: RowSample): number {
  let longest = 0;
  for (let row = 0; row < count; row++) {
    const tokens = Math.max(0, inputTokens[row] ?? 0) + Math.max(0, outputTokens[row] ?? 0);
    longest = Math.max(longest, tokens);
  }
  return longest;
}
