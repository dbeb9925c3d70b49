/**
 * The fields of the start form, as data: where each goes in the body (a JSON pointer) and how its text
 * becomes JSON. The browser builds the body from these attributes alone and the service checks it, so
 * the form knows no rule of its own that could differ from the API's.
 */
export type FieldKind =
  /** As typed. */
  | 'text'
  /** A number when it reads as one, else as typed: then the service says what it expected. */
  | 'number'
  /** A number or a JSON form such as `{"mean": 1024}`; else as typed. */
  | 'json'
  /** Lines of `name=value`. */
  | 'pairs'
  /** One SLO, or a line of `name: SLO` for each tier. */
  | 'tiers';

export interface Field {
  readonly pointer: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly hint?: string;
  readonly lines?: number;
  /** Makes it a choice; the first is what an empty value means. */
  readonly choices?: readonly { readonly value: string; readonly text: string }[];
  /** Only for one of the two questions. */
  readonly only?: 'search' | 'gate';
}

export interface FieldGroup {
  readonly legend: string;
  /** Folded until somebody opens it, or one of its fields is at fault. */
  readonly folded: boolean;
  readonly fields: readonly Field[];
}

const byDefault = { value: '', text: 'as the policy says, or the default' };
const same = (value: string) => ({ value, text: value });

export function fieldGroups(policies: readonly string[]): readonly FieldGroup[] {
  return [TARGET, question(policies), LOAD, WORKLOAD, BUDGET, START];
}

const TARGET: FieldGroup = {
  legend: 'Target',
  folded: false,
  fields: [
    {
      pointer: '/target/base_url',
      label: 'Base URL',
      kind: 'text',
      hint: 'Up to the version, such as http://127.0.0.1:8000/v1',
    },
    {
      pointer: '/target/model',
      label: 'Model',
      kind: 'text',
      hint: 'Empty: the one model that the target lists',
    },
    {
      pointer: '/target/api_key_ref',
      label: 'Where the service finds its key',
      kind: 'text',
      hint: 'env:NAME or file:/path; never the key itself',
    },
  ],
};

function question(policies: readonly string[]): FieldGroup {
  return {
    legend: 'Question',
    folded: false,
    fields: [
      {
        pointer: '/policy',
        label: 'Policy',
        kind: 'text',
        choices: [{ value: '', text: 'none: I say everything here' }, ...policies.map(same)],
        hint: 'A named question. What is filled in below overrides it',
      },
      {
        pointer: '/slo',
        label: 'SLO',
        kind: 'tiers',
        lines: 3,
        hint: 'Such as p99(ttft) < 500 ms and error_rate < 1%. For several tiers a line each, as name: SLO',
      },
      {
        pointer: '/at_least',
        label: 'Load that it must carry',
        kind: 'number',
        only: 'gate',
        hint: 'Streams at once, or requests per second. Empty: the one of the policy',
      },
    ],
  };
}

const LOAD: FieldGroup = {
  legend: 'Load',
  folded: false,
  fields: [
    {
      pointer: '/load/axis',
      label: 'Axis',
      kind: 'text',
      choices: [
        byDefault,
        { value: 'concurrency', text: 'concurrency: streams at once (closed loop)' },
        { value: 'request_rate', text: 'request_rate: requests per second (open loop)' },
      ],
    },
    { pointer: '/load/min', label: 'From', kind: 'number', only: 'search' },
    { pointer: '/load/max', label: 'To', kind: 'number', only: 'search' },
    {
      pointer: '/required_at_least',
      label: 'A load that it has to carry',
      kind: 'number',
      only: 'search',
      hint: 'If there is one: the answer then says pass or fail, too',
    },
  ],
};

const LENGTH_HINT = 'Tokens: a number, or a form such as {"mean": 1024, "stdev": 512}';

const WORKLOAD: FieldGroup = {
  legend: 'Workload',
  folded: true,
  fields: [
    {
      pointer: '/workload/endpoint',
      label: 'Endpoint',
      kind: 'text',
      choices: [byDefault, ...['chat', 'completions', 'responses', 'messages'].map(same)],
    },
    { pointer: '/workload/input_tokens', label: 'Prompt length', kind: 'json', hint: LENGTH_HINT },
    { pointer: '/workload/output_tokens', label: 'Answer length', kind: 'json', hint: LENGTH_HINT },
    {
      pointer: '/workload/arrivals',
      label: 'Arrivals (request rate)',
      kind: 'text',
      choices: [byDefault, same('poisson'), same('constant')],
    },
  ],
};

const BUDGET: FieldGroup = {
  legend: 'Budget and certainty',
  folded: true,
  fields: [
    { pointer: '/budget/load_seconds', label: 'Seconds of load', kind: 'number' },
    { pointer: '/budget/requests', label: 'Requests', kind: 'number' },
    { pointer: '/budget/output_tokens', label: 'Output tokens', kind: 'number' },
    { pointer: '/confidence', label: 'Confidence', kind: 'number', hint: 'Such as 0.95' },
    {
      pointer: '/resolution',
      label: 'Resolution',
      kind: 'number',
      only: 'search',
      hint: '0.1: the bracket is at most 10 % wide',
    },
    { pointer: '/seed', label: 'Seed', kind: 'number' },
  ],
};

const START: FieldGroup = {
  legend: 'How to start',
  folded: true,
  fields: [
    {
      pointer: '/on_busy',
      label: 'When the target is busy',
      kind: 'text',
      choices: [
        { value: '', text: 'wait in the queue' },
        { value: 'join', text: 'join: take the running one when it asks the same' },
        { value: 'reject', text: 'reject: do not start' },
      ],
    },
    { pointer: '/lease_seconds', label: 'Cancel when nobody looks for (seconds)', kind: 'number' },
    {
      pointer: '/labels',
      label: 'Labels',
      kind: 'pairs',
      lines: 2,
      hint: 'A line each, as name=value',
    },
  ],
};
