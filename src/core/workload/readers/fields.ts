/**
 * Reads the fields of one record and keeps every fault, so that a broken line says all that is wrong
 * with it at once. CSV knows only text, so a number may come as one.
 */
import { readTime, type TimeUnit } from './file-time.ts';
import type { FileRecord, RowFault } from './row.ts';

/** A request beyond this is a broken line, no request of any model. */
export const MAX_ROW_TOKENS = 100_000_000;
const MAX_RECEIVED_CHARS = 60;
/** A million tokens in blocks of 16, with room. */
export const MAX_HASH_IDS = 131_072;

export interface Fields {
  readonly faults: RowFault[];
  count(names: readonly string[], least?: number): number | undefined;
  requiredCount(names: readonly string[], least?: number): number | undefined;
  text(names: readonly string[]): string | undefined;
  requiredText(names: readonly string[]): string | undefined;
  time(names: readonly string[], unit: TimeUnit): number | undefined;
  requiredTime(names: readonly string[], unit: TimeUnit): number | undefined;
  ids(names: readonly string[]): readonly number[] | undefined;
  fault(fault: RowFault): void;
}

export function readFields(record: FileRecord): Fields {
  const faults: RowFault[] = [];
  /** The first of several spellings that the record has. */
  const find = (names: readonly string[]): { name: string; value: unknown } => {
    for (const name of names) {
      const value = record[name];
      if (value !== undefined && value !== null && value !== '') return { name, value };
    }
    return { name: names[0] ?? '', value: undefined };
  };
  const required = <T>(
    names: readonly string[],
    what: string,
    value: T | undefined,
    before: number,
  ) => {
    if (value === undefined && faults.length === before) {
      const field = names[0] ?? '';
      faults.push({ field, code: 'missing_field', expected: what, received: 'nothing' });
    }
    return value;
  };
  const count = (names: readonly string[], least = 0): number | undefined => {
    const { name, value } = find(names);
    if (value === undefined) return undefined;
    const number = numberOf(value);
    if (
      number !== undefined &&
      Number.isInteger(number) &&
      number >= least &&
      number <= MAX_ROW_TOKENS
    ) {
      return number;
    }
    const expected = `a whole number from ${least} to ${MAX_ROW_TOKENS}`;
    const code = number === undefined ? 'wrong_type' : 'out_of_range';
    faults.push({ field: name, code, expected, received: shown(value) });
    return undefined;
  };
  const text = (names: readonly string[]): string | undefined => {
    const { name, value } = find(names);
    if (value === undefined || typeof value === 'string') return value;
    faults.push({ field: name, code: 'wrong_type', expected: 'a text', received: shown(value) });
    return undefined;
  };
  const time = (names: readonly string[], unit: TimeUnit): number | undefined => {
    const { name, value } = find(names);
    if (value === undefined) return undefined;
    const ms = readTime(value, unit);
    if (ms !== undefined) return ms;
    const expected = unit === 'date' ? 'a date with its time' : `a number of ${unit} from 0 on`;
    faults.push({ field: name, code: 'wrong_type', expected, received: shown(value) });
    return undefined;
  };
  return {
    faults,
    count,
    text,
    time,
    requiredCount: (names, least) => {
      const before = faults.length;
      return required(names, 'a whole number', count(names, least), before);
    },
    requiredText: (names) => {
      const before = faults.length;
      return required(names, 'a text that is not empty', text(names), before);
    },
    requiredTime: (names, unit) => {
      const before = faults.length;
      return required(names, 'a time', time(names, unit), before);
    },
    ids(names) {
      const { name, value } = find(names);
      if (value === undefined) return undefined;
      const list = idList(value);
      if (list !== undefined) return list;
      const expected = `a list of at most ${MAX_HASH_IDS} whole numbers`;
      faults.push({ field: name, code: 'wrong_type', expected, received: shown(value) });
      return undefined;
    },
    fault: (fault) => {
      faults.push(fault);
    },
  };
}

/** A CSV field holds its list as JSON. */
function idList(value: unknown): readonly number[] | undefined {
  const list = typeof value === 'string' ? parsed(value) : value;
  if (!Array.isArray(list) || list.length > MAX_HASH_IDS) return undefined;
  const ids: number[] = [];
  for (const id of list as readonly unknown[]) {
    if (typeof id !== 'number' || !Number.isSafeInteger(id)) return undefined;
    ids.push(id);
  }
  return ids;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*-?\d+(\.\d+)?\s*$/.test(value)) return undefined;
  return Number(value);
}

export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > MAX_RECEIVED_CHARS ? `${text.slice(0, MAX_RECEIVED_CHARS)}…` : text;
}
