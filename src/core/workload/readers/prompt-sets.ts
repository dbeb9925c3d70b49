/**
 * Files of prompts that people own already: ShareGPT, the custom files of vLLM bench, guidellm and
 * AIPerf, and plain JSONL or CSV with columns named by the workload.
 */
import { err, ok } from '../../base/result.ts';
import { type Fields, readFields, shown } from './fields.ts';
import type { TimeUnit } from './file-time.ts';
import { type DataRow, type FileRecord, isRecord, type RowReading } from './row.ts';

/** Which column of a file is what; a column that is not named is not read. */
export interface ColumnMap {
  readonly prompt?: string;
  readonly prefix?: string;
  readonly inputTokens?: string;
  readonly outputTokens?: string;
  readonly timestamp?: string;
  readonly session?: string;
  readonly hashIds?: string;
}

/** As vLLM bench's own names, so that a file without a mapping works when it is spelt like one. */
export const DEFAULT_COLUMNS: ColumnMap = {
  prompt: 'prompt',
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  timestamp: 'timestamp',
  session: 'session_id',
  hashIds: 'hash_ids',
};

export function readMapped(columns: ColumnMap, unit: TimeUnit) {
  const names = (name: string | undefined): string[] => (name === undefined ? [] : [name]);
  return (record: FileRecord): RowReading => {
    const fields = readFields(record);
    const prompt = fields.text(names(columns.prompt));
    const inputTokens = fields.count(names(columns.inputTokens), 1);
    if (prompt === undefined && inputTokens === undefined && fields.faults.length === 0) {
      const field = columns.prompt ?? columns.inputTokens ?? 'prompt';
      const expected = 'a prompt or a number of input tokens';
      fields.fault({ field, code: 'missing_field', expected, received: 'neither' });
    }
    return rowOf(fields, {
      prompt,
      prefix: fields.text(names(columns.prefix)),
      inputTokens,
      outputTokens: fields.count(names(columns.outputTokens), 1),
      atMs: fields.time(names(columns.timestamp), unit),
      session: sessionOf(record, columns.session),
      hashIds: fields.ids(names(columns.hashIds)),
    });
  };
}

/** `custom` of vLLM bench: `prompt`, and `output_tokens` where the file knows. */
export function readVllmBench(record: FileRecord): RowReading {
  const fields = readFields(record);
  return rowOf(fields, {
    prompt: fields.requiredText(['prompt']),
    outputTokens: fields.count(['output_tokens'], 1),
  });
}

/** guidellm takes the first of these that a row has, in this order. */
const GUIDELLM_PROMPTS = [
  'prompt',
  'instruction',
  'question',
  'input',
  'context',
  'content',
  'text',
];

export function readGuidellm(record: FileRecord): RowReading {
  const fields = readFields(record);
  return rowOf(fields, {
    prompt: fields.requiredText(GUIDELLM_PROMPTS),
    prefix: fields.text(['system_prompt', 'system', 'prefix']),
    inputTokens: fields.count(['prompt_tokens_count', 'input_tokens_count'], 1),
    outputTokens: fields.count(['output_tokens_count', 'completion_tokens_count'], 1),
  });
}

/** ShareGPT: the first question and its answer, as every bench takes it. The answer only gives its length. */
export function readShareGpt(countTokens: (text: string) => number) {
  return (record: FileRecord): RowReading => {
    const turns = record['conversations'] ?? record['conversation'];
    if (!Array.isArray(turns)) {
      const received = turns === undefined ? 'nothing' : shown(turns);
      return err([
        { field: 'conversations', code: 'wrong_type', expected: 'a list of turns', received },
      ]);
    }
    const texts = (turns as readonly unknown[]).map((turn) =>
      isRecord(turn) && typeof turn['value'] === 'string'
        ? { from: turn['from'], value: turn['value'] }
        : undefined,
    );
    if (texts.includes(undefined)) {
      const expected = 'turns of {from, value}';
      const received = shown(turns[texts.indexOf(undefined)]);
      return err([{ field: 'conversations', code: 'wrong_type', expected, received }]);
    }
    const start = texts.findIndex((turn) => turn?.from === 'human' || turn?.from === 'user');
    const question = texts[start]?.value ?? '';
    const answer = texts[start + 1];
    // Conversations that begin in the middle or hold one turn are in every version of the set.
    if (start < 0 || question === '' || answer === undefined || answer.value === '') return ok([]);
    return ok([{ prompt: question, outputTokens: Math.max(1, countTokens(answer.value)) }]);
  };
}

const AIPERF_MEDIA = ['image', 'images', 'audio', 'audios', 'video', 'videos'];

/**
 * AIPerf: `single_turn` and `multi_turn` lines, told apart by `turns`. A leading system turn stands
 * before the first question. Pictures, sounds and films of such lines are faults: a request without them is
 * another workload, and the workload makes its own pictures and sounds.
 */
export function readAiperf(record: FileRecord): RowReading {
  const { turns, session_id: session } = record;
  if (turns === undefined) {
    const { fields, row } = aiperfTurn(record);
    return rowOf(fields, { ...row, ...(typeof session === 'string' && { session }) });
  }
  if (!Array.isArray(turns) || turns.length === 0) {
    const expected = 'a list of turns';
    return err([{ field: 'turns', code: 'wrong_type', expected, received: shown(turns) }]);
  }
  const rows: DataRow[] = [];
  const faults = [];
  let prefix: string | undefined;
  for (const [i, turn] of (turns as readonly unknown[]).entries()) {
    const { fields, row } = aiperfTurn(isRecord(turn) ? turn : {});
    faults.push(
      ...fields.faults.map((fault) => ({ ...fault, field: `turns[${i}].${fault.field}` })),
    );
    if (i === 0 && isRecord(turn) && turn['role'] === 'system') {
      prefix = row.prompt;
      continue;
    }
    rows.push(
      present({
        ...row,
        ...(rows.length === 0 && { prefix }),
        ...(typeof session === 'string' && { session }),
      }),
    );
  }
  return faults.length > 0 ? err(faults) : ok(rows);
}

function aiperfTurn(turn: FileRecord): { fields: Fields; row: Loose } {
  const texts = turn['texts'];
  const joined =
    Array.isArray(texts) && texts.every((text) => typeof text === 'string')
      ? { ...turn, text: texts.join('\n') }
      : turn;
  const fields = readFields(joined);
  for (const field of AIPERF_MEDIA) {
    const media = turn[field] ?? [];
    if (Array.isArray(media) && media.length === 0) continue;
    const expected = 'text alone; pictures and sounds are made by the workload (`media`)';
    fields.fault({ field, code: 'wrong_type', expected, received: shown(media) });
  }
  const row = {
    prompt: fields.requiredText(['text', 'text_input']),
    outputTokens: fields.count(['output_length'], 1),
    atMs: fields.time(['timestamp'], 'ms'),
    delayMs: fields.time(['delay'], 'ms'),
  };
  return { fields, row };
}

type Loose = { readonly [K in keyof DataRow]: DataRow[K] | undefined };

/** Without the keys that have no value. */
function present(row: Loose): DataRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

function rowOf(fields: Fields, row: Loose): RowReading {
  return fields.faults.length > 0 ? err(fields.faults) : ok([present(row)]);
}

function sessionOf(record: FileRecord, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : record[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
