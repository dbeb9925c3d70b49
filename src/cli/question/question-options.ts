/**
 * The options of a question and the place in the body that each one fills: one table, from which the
 * body is built and by which a fault of the service is shown at the option it came from.
 */
import type { Given, Option, Options } from '../args/command.ts';

interface QuestionOption {
  /** Where the value goes in the body of the API. */
  readonly path: readonly [string, ...string[]];
  readonly option: Option;
}

const text = (about: string, value = 'TEXT'): Option => ({ kind: 'text', about, value });
const number = (about: string): Option => ({ kind: 'number', about, value: 'N' });
const integer = (about: string, min = 1): Option => ({ kind: 'integer', about, value: 'N', min });
const choice = (about: string, ...choices: string[]): Option => ({
  kind: 'text',
  about,
  value: 'WORD',
  choices,
});

const TABLE: Readonly<Record<string, QuestionOption>> = {
  policy: {
    path: ['policy'],
    option: text('a named question (default without --slo: chat)', 'NAME'),
  },
  slo: {
    path: ['slo'],
    option: {
      ...text('what holds, as "p99(ttft) < 500 ms and error_rate < 1%"; NAME: TEXT for a tier'),
      many: true,
    },
  },
  model: {
    path: ['target', 'model'],
    option: text('the model (default: the one that is listed)', 'NAME'),
  },
  'api-key-ref': {
    path: ['target', 'api_key_ref'],
    option: text("where the service finds the target's key: env:NAME or file:PATH", 'REF'),
  },
  dialect: { path: ['target', 'dialect'], option: text('what the server speaks', 'NAME') },
  axis: {
    path: ['load', 'axis'],
    option: choice('streams at once or requests per second', 'concurrency', 'request_rate'),
  },
  'input-tokens': { path: ['workload', 'input_tokens'], option: integer('tokens of each prompt') },
  'output-tokens': {
    path: ['workload', 'output_tokens'],
    option: integer('tokens of each answer'),
  },
  'budget-seconds': { path: ['budget', 'load_seconds'], option: number('seconds under load') },
  'budget-requests': { path: ['budget', 'requests'], option: integer('requests in all') },
  'budget-tokens': { path: ['budget', 'output_tokens'], option: integer('output tokens in all') },
  confidence: { path: ['confidence'], option: number('of each end of the bracket (0.95)') },
  seed: { path: ['seed'], option: integer('everything random is drawn from it', 0) },
  label: {
    path: ['labels'],
    option: { ...text('kept with the answer, as commit=abc123', 'NAME=TEXT'), many: true },
  },
};

/** A search walks a range; a gate asks at one load. */
const OF_SEARCHES: Readonly<Record<string, QuestionOption>> = {
  min: { path: ['load', 'min'], option: number('smallest load') },
  max: { path: ['load', 'max'], option: number('largest load') },
  start: { path: ['load', 'start'], option: number('first load to try') },
  resolution: { path: ['resolution'], option: number('wanted width of the bracket (0.1)') },
  'at-least': {
    path: ['required_at_least'],
    option: number('a load that it has to carry: the answer then has a verdict'),
  },
};
const OF_GATES: Readonly<Record<string, QuestionOption>> = {
  'at-least': {
    path: ['at_least'],
    option: number("the load that it has to carry (default: the policy's)"),
  },
};

/** How it is started, beside what is asked. */
const START: Readonly<Record<string, QuestionOption>> = {
  'on-busy': {
    path: ['on_busy'],
    option: choice('when the target is under load already', 'queue', 'join', 'reject'),
  },
  lease: {
    path: ['lease_seconds'],
    option: integer('cancelled when this command is gone for so many seconds (120)', 10),
  },
  deadline: { path: ['deadline_at'], option: text('ends then, as 2026-11-25T06:00:00Z', 'TIME') },
};

const optionsOf = (table: Readonly<Record<string, QuestionOption>>): Options =>
  Object.fromEntries(Object.entries(table).map(([name, { option }]) => [name, option]));

export type Kind = 'search' | 'gate';
const tableOf = (kind: Kind): Readonly<Record<string, QuestionOption>> => ({
  ...(kind === 'search' ? OF_SEARCHES : OF_GATES),
  ...TABLE,
});

export const questionOptions = (kind: Kind): Options => optionsOf(tableOf(kind));
export const START_OPTIONS: Options = {
  ...optionsOf(START),
  'idempotency-key': text('the same key gets the same search again, for a day'),
};

export interface QuestionParts {
  readonly body: Readonly<Record<string, unknown>>;
  readonly faults: readonly string[];
}

/** What the options say, as a body with holes where they say nothing. */
export function partsOf(kind: Kind, given: Given): QuestionParts {
  const faults: string[] = [];
  const body: Record<string, unknown> = {};
  for (const [name, { path, option }] of Object.entries({ ...tableOf(kind), ...START })) {
    if (!given.flag(name)) continue;
    if (name === 'slo') body['slo'] = sloOf(given.all(name));
    else if (name === 'label') body['labels'] = labelsOf(given.all(name), faults);
    else put(body, path, option.kind === 'text' ? given.text(name) : given.number(name));
  }
  return { body, faults };
}

function put(
  body: Record<string, unknown>,
  [key, inner]: readonly [string, ...string[]],
  value: unknown,
): void {
  if (inner === undefined) body[key] = value;
  else body[key] = { ...Object(body[key]), [inner]: value };
}

/** One text is the SLO; several are tiers, named or numbered. */
function sloOf(texts: readonly string[]): unknown {
  const named = texts.map((one) => /^([A-Za-z0-9][\w.-]*):\s*(.*)$/s.exec(one));
  if (texts.length === 1 && named[0] === null) return texts[0];
  return texts.map((one, index) => ({
    name: named[index]?.[1] ?? `slo-${index + 1}`,
    objectives: named[index]?.[2] ?? one,
  }));
}

function labelsOf(texts: readonly string[], faults: string[]): unknown {
  const labels: Record<string, string> = {};
  for (const one of texts) {
    const at = one.indexOf('=');
    if (at < 1) faults.push(`--label takes NAME=TEXT, not ${JSON.stringify(one)}`);
    else labels[one.slice(0, at)] = one.slice(at + 1);
  }
  return labels;
}

/** `/load/max` came from `--max`: what the person typed, for a fault of the service. */
export function optionAt(pointer: string): string | undefined {
  if (pointer === '/target/base_url') return 'TARGET';
  const tables = [OF_SEARCHES, OF_GATES, TABLE, START];
  for (const [name, { path }] of tables.flatMap((table) => Object.entries(table))) {
    const own = `/${path.join('/')}`;
    if (pointer === own || pointer.startsWith(`${own}/`)) return `--${name}`;
  }
  return undefined;
}
