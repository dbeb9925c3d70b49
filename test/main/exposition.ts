/**
 * A strict reader of Prometheus' text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/): what `promtool check metrics` refuses is
 * refused here too. It throws with the line.
 */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/;
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);

export function readExposition(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const closed = new Set<string>();
  const seen = new Set<string>();
  const samples: Sample[] = [];
  let current: string | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+)(?: (.*))?$/.exec(line) ?? [];
      if (kind === undefined || !NAME.test(name)) throw new Error(`neither help nor type: ${line}`);
      if (kind === 'HELP') helped.add(name);
      else if (!TYPES.has(rest) || types.has(name)) throw new Error(`type: ${line}`);
      else types.set(name, rest);
      continue;
    }
    const sample = readSample(line);
    const family = familyOf(sample.name, types);
    if (family === undefined || !helped.has(family)) throw new Error(`nobody declared: ${line}`);
    if (family !== current && closed.has(family)) throw new Error(`not in one group: ${line}`);
    if (current !== undefined && current !== family) closed.add(current);
    current = family;
    const counts = types.get(family) === 'counter';
    if (family.endsWith('_total') !== counts) throw new Error(`name against type: ${line}`);
    const key = sample.name + JSON.stringify(Object.entries(sample.labels).sort());
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    samples.push(sample);
  }
  return samples;
}

function familyOf(name: string, types: ReadonlyMap<string, string>): string | undefined {
  if (types.has(name)) return name;
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const type = types.get(base);
  return type === 'histogram' || type === 'summary' ? base : undefined;
}

function readSample(line: string): Sample {
  const name = NAME.exec(line)?.[0] ?? '';
  const [, inner, number = ''] = /^(?:\{(.*)\})? (\S+)$/.exec(line.slice(name.length)) ?? [];
  const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number);
  if (name === '' || number === '' || (Number.isNaN(value) && number !== 'Nan')) {
    throw new Error(`no sample: ${line}`);
  }
  const labels: Record<string, string> = {};
  let rest = inner ?? '';
  while (rest !== '') {
    const [all, label = '', text = ''] = LABEL.exec(rest) ?? [];
    if (all === undefined || Object.hasOwn(labels, label)) throw new Error(`labels: ${line}`);
    labels[label] = text;
    rest = rest.slice(all.length);
  }
  return { name, labels, value };
}
