/**
 * A strict reader of OpenMetrics text 1.0: metadata before samples, each family once and together, the
 * name of a unit at the end of its family's name, no label twice, one end.
 */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export interface MetricFamily {
  readonly name: string;
  type: string;
  unit: string;
  help: string;
  readonly samples: MetricSample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*';
const METADATA = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (.*)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? ([^ ]+)$`);
const PAIR = new RegExp(`^(${LABEL})="((?:[^"\\\\\\n]|\\\\[\\\\n"])*)"(?:,|$)`);
const SUFFIXES: Readonly<Record<string, string>> = { info: '_info' };

export function readOpenmetrics(text: string): MetricFamily[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const lines = text.slice(0, -1).split('\n');
  if (lines.pop() !== '# EOF') throw new Error('no # EOF at the end');
  const families: MetricFamily[] = [];
  for (const line of lines) {
    const metadata = METADATA.exec(line);
    if (metadata !== null) addMetadata(families, metadata);
    else addSample(families, line);
  }
  return families;
}

function addMetadata(
  families: MetricFamily[],
  [, kind, name = '', value = '']: RegExpExecArray,
): void {
  let family = families.at(-1);
  if (family?.name !== name) {
    if (families.some((known) => known.name === name)) throw new Error(`${name} stands apart`);
    family = { name, type: 'unknown', unit: '', help: '', samples: [] };
    families.push(family);
  }
  if (family.samples.length > 0) throw new Error(`${name}: metadata after samples`);
  if (kind === 'TYPE') family.type = value;
  if (kind === 'HELP') family.help = value;
  if (kind === 'UNIT') {
    if (!name.endsWith(`_${value}`)) throw new Error(`${name} does not end with its unit ${value}`);
    family.unit = value;
  }
}

function addSample(families: MetricFamily[], line: string): void {
  const [, name = '', inner = '', number = ''] = SAMPLE.exec(line) ?? [];
  const family = families.at(-1);
  if (name === '' || family === undefined) throw new Error(`no sample: ${line}`);
  if (name !== `${family.name}${SUFFIXES[family.type] ?? ''}`) {
    throw new Error(`${name} is no sample of the ${family.type} ${family.name}`);
  }
  const value = Number(number);
  if (!Number.isFinite(value)) throw new Error(`no number: ${line}`);
  const labels = readLabels(inner);
  const key = JSON.stringify(Object.entries(labels).sort());
  const same = family.samples.some(
    (one) => JSON.stringify(Object.entries(one.labels).sort()) === key,
  );
  if (same) throw new Error(`twice: ${line}`);
  family.samples.push({ name, labels, value });
}

function readLabels(inner: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = inner;
  while (rest !== '') {
    const match = PAIR.exec(rest);
    if (match === null) throw new Error(`no label: ${rest}`);
    const [whole, name = '', value = ''] = match;
    if (name in labels) throw new Error(`label ${name} twice`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
    rest = rest.slice(whole.length);
  }
  return labels;
}
