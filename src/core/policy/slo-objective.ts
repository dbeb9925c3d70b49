/** One parsed objective to what it means, or to everything that is wrong with it. */
import { LONGEST_GAP_MS } from '../metrics/request-metrics.ts';
import type { Asked, LatencyMetric, Objective, RequestBound } from './objective.ts';
import { type SloFault, sloFault } from './slo-fault.ts';
import { rateRps, ratio, timeMs } from './slo-quantity.ts';
import {
  attainmentId,
  attainmentText,
  countId,
  meanId,
  percentText,
  quantileId,
  timeText,
} from './slo-text.ts';
import type { Comparison, Expr } from './slo-tree.ts';
import {
  METRIC_LIST,
  METRICS,
  metricNamed,
  STATISTIC_LIST,
  statisticNamed,
} from './slo-vocabulary.ts';

/** One request in 10,000: what a search of some hours can still count. */
const MIN_MISS_RATIO = 0.0001;
const MIN_QUANTILE = 0.01;

/** Where faults go; the text is for quoting. */
export interface Reading {
  readonly text: string;
  readonly faults: SloFault[];
}

/** A comparison as it reads with the measurement on its left. */
interface Sign {
  readonly operator: Comparison;
  readonly operatorAt: number;
}

/** An objective and where it stands in the text. */
export interface ReadObjective {
  readonly objective: Objective;
  readonly at: number;
}

/** Undefined when there was a fault. An `and` in brackets gives several. */
export function readTerm(expr: Expr, reading: Reading): (ReadObjective | undefined)[] {
  if (expr.kind === 'and')
    return [...readTerm(expr.left, reading), ...readTerm(expr.right, reading)];
  if (expr.kind !== 'compare') {
    fault(reading, 'slo_missing_bound', 'a comparison such as `p99(ttft) < 500 ms`', expr);
    return [undefined];
  }
  const { subject, sign, bound } = oriented(expr);
  const objective = readObjective(subject, sign, bound, reading);
  return [objective === undefined ? undefined : { objective, at: subject.at }];
}

/** `500 ms > p99(ttft)` says the same as `p99(ttft) < 500 ms`. */
function oriented(expr: Extract<Expr, { kind: 'compare' }>) {
  const { left, right, operator, operatorAt } = expr;
  if (!startsWithNumber(left))
    return { subject: left, sign: { operator, operatorAt }, bound: right };
  const mirrored = MIRRORED[operator];
  return { subject: right, sign: { operator: mirrored, operatorAt }, bound: left };
}

const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function startsWithNumber(expr: Expr): boolean {
  if (expr.kind === 'number' || expr.kind === 'percent') return true;
  return (expr.kind === 'times' || expr.kind === 'per') && startsWithNumber(expr.left);
}

function readObjective(
  subject: Expr,
  sign: Sign,
  bound: Expr,
  reading: Reading,
): Objective | undefined {
  const word = subject.kind === 'call' || subject.kind === 'name' ? subject.name : undefined;
  const statistic = word === undefined ? undefined : statisticNamed(word);
  if (statistic === undefined || word === undefined) {
    const hint = word !== undefined && metricNamed(word) !== undefined ? `, e.g. p99(${word})` : '';
    fault(reading, 'slo_unknown_statistic', `${STATISTIC_LIST}${hint}`, subject, word);
    return undefined;
  }
  const args = subject.kind === 'call' ? subject.args : [];
  switch (statistic.kind) {
    case 'percentile':
      return readLatency(statistic.digits, subject, args, sign, bound, reading);
    case 'mean':
      return readLatency(undefined, subject, args, sign, bound, reading);
    case 'attainment':
      return readAttainment(subject, args, sign, bound, reading);
    case 'error_rate': {
      const upper = isUpper(sign, reading);
      const part = onlyPart(subject, args, reading);
      const value = taken(ratio(bound, reading.text), reading);
      if (!upper || value === undefined || part === 'wrong') return undefined;
      const id = countId('error_rate', part.part);
      const text = `${id} < ${percentText(value)}`;
      return { kind: 'error_rate', id, ratio: value, text, ...part };
    }
    case 'goodput': {
      const lower = isLower(sign, reading);
      const part = onlyPart(subject, args, reading);
      const value = taken(rateRps(bound, reading.text), reading);
      if (!lower || value === undefined || part === 'wrong') return undefined;
      const id = countId('goodput', part.part);
      return { kind: 'goodput', id, boundRps: value, text: `${id} >= ${value} req/s`, ...part };
    }
  }
}

/** `digits` of a percentile; undefined for a mean. */
function readLatency(
  digits: string | undefined,
  subject: Expr,
  args: readonly Expr[],
  sign: Sign,
  bound: Expr,
  reading: Reading,
): Objective | undefined {
  const q = digits === undefined ? undefined : readQuantile(digits, subject, reading);
  const metric = readMetric(args.slice(0, 1), subject, reading);
  const part = readPart(args.slice(1), subject, reading);
  const upper = isUpper(sign, reading);
  const boundMs = taken(timeMs(bound, reading.text), reading);
  if (boundMs !== undefined && metric === 'itl' && boundMs >= LONGEST_GAP_MS && q !== undefined) {
    const expected = `a gap below ${LONGEST_GAP_MS} ms, the longest that is told apart`;
    fault(reading, 'slo_bound_out_of_range', expected, bound);
    return undefined;
  }
  if (metric === undefined || boundMs === undefined || !upper || part === 'wrong') return undefined;
  const rest = { metric, operator: upper, boundMs, ...part };
  if (digits === undefined) {
    const id = meanId(metric, part.part);
    return { kind: 'mean', id, ...rest, text: `${id} ${upper} ${timeText(boundMs)}` };
  }
  if (q === undefined) return undefined;
  const id = quantileId(q, metric, part.part);
  return { kind: 'quantile', id, q, ...rest, text: `${id} ${upper} ${timeText(boundMs)}` };
}

function readQuantile(digits: string, subject: Expr, reading: Reading): number | undefined {
  const q = Number((Number(digits) / 100).toPrecision(12));
  if (q >= MIN_QUANTILE && q <= 1 - MIN_MISS_RATIO) return q;
  const expected = `a percentile from p1 to p${(1 - MIN_MISS_RATIO) * 100}, such as p99 or p99.9`;
  fault(reading, 'slo_percentile_out_of_range', expected, subject, `p${digits}`);
  return undefined;
}

function readAttainment(
  subject: Expr,
  args: readonly Expr[],
  sign: Sign,
  bound: Expr,
  reading: Reading,
): Objective | undefined {
  const lower = isLower(sign, reading);
  const value = taken(ratio(bound, reading.text), reading);
  const [inner, ...more] = args;
  const part = readPart(more, subject, reading);
  if (inner === undefined || part === 'wrong') {
    if (part === 'wrong') return undefined;
    const expected = 'attainment(ttft < 500 ms and tpot < 50 ms)';
    fault(reading, 'slo_wrong_arguments', expected, subject);
    return undefined;
  }
  const before = reading.faults.length;
  const bounds = readBounds(inner, reading);
  if (!lower || value === undefined || reading.faults.length > before) return undefined;
  bounds.sort((a, b) => METRICS.indexOf(a.metric) - METRICS.indexOf(b.metric));
  const twice = bounds.find((one, i) => bounds[i + 1]?.metric === one.metric);
  if (twice !== undefined) {
    fault(reading, 'slo_duplicate_bound', `one bound on ${twice.metric}`, inner);
    return undefined;
  }
  const text = attainmentText(bounds, value, part.part);
  const id = attainmentId(bounds, part.part);
  return { kind: 'attainment', id, bounds, ratio: value, text, ...part };
}

function readBounds(expr: Expr, reading: Reading): RequestBound[] {
  if (expr.kind === 'and') {
    return [...readBounds(expr.left, reading), ...readBounds(expr.right, reading)];
  }
  if (expr.kind !== 'compare') {
    fault(reading, 'slo_missing_bound', 'a bound such as `ttft < 500 ms`', expr);
    return [];
  }
  const { subject, sign, bound } = oriented(expr);
  const metric = readMetric([subject], subject, reading);
  const upper = isUpper(sign, reading);
  const boundMs = taken(timeMs(bound, reading.text), reading);
  if (metric === 'itl') {
    const expected = 'a latency of the whole request (ttft, ttft_from_send, tpot, e2e)';
    fault(reading, 'slo_unknown_metric', expected, subject);
    return [];
  }
  if (metric === undefined || boundMs === undefined || !upper) return [];
  return [{ metric, operator: upper, boundMs }];
}

function readMetric(
  args: readonly Expr[],
  subject: Expr,
  reading: Reading,
): LatencyMetric | undefined {
  const [arg, ...more] = args;
  if (arg === undefined || more.length > 0) {
    fault(reading, 'slo_wrong_arguments', `one metric (${METRIC_LIST})`, subject);
    return undefined;
  }
  const metric = arg.kind === 'name' ? metricNamed(arg.name) : undefined;
  if (metric === undefined) fault(reading, 'slo_unknown_metric', METRIC_LIST, arg);
  return metric;
}

function isUpper(sign: Sign, reading: Reading): '<' | '<=' | undefined {
  const { operator, operatorAt } = sign;
  if (operator === '<' || operator === '<=') return operator;
  const expected = '< or <=: a largest value';
  reading.faults.push(sloFault('slo_operator', expected, operator, operatorAt));
  return undefined;
}

function isLower(sign: Sign, reading: Reading): '>' | '>=' | undefined {
  const { operator, operatorAt } = sign;
  if (operator === '>' || operator === '>=') return operator;
  const expected = '> or >=: a smallest value';
  reading.faults.push(sloFault('slo_operator', expected, operator, operatorAt));
  return undefined;
}

/** `error_rate` or `error_rate(rag)`: nothing else stands in its brackets. */
function onlyPart(subject: Expr, args: readonly Expr[], reading: Reading): Asked | 'wrong' {
  if (subject.kind !== 'call') return {};
  if (args.length > 0) return readPart(args, subject, reading);
  fault(reading, 'slo_wrong_arguments', 'no brackets, or the name of a part in them', subject);
  return 'wrong';
}

/** The name of a part of a mix, as the last thing in the brackets. */
function readPart(args: readonly Expr[], subject: Expr, reading: Reading): Asked | 'wrong' {
  const [part, ...more] = args;
  if (part === undefined) return {};
  const isPart = part.kind === 'name' && metricNamed(part.name) === undefined;
  if (isPart && more.length === 0) return { part: part.name };
  const expected = `one metric (${METRIC_LIST}) and at most the name of a part`;
  fault(reading, 'slo_wrong_arguments', expected, subject);
  return 'wrong';
}

function taken(
  result: { ok: true; value: number } | { ok: false; error: SloFault },
  reading: Reading,
): number | undefined {
  if (result.ok) return result.value;
  reading.faults.push(result.error);
  return undefined;
}

function fault(
  reading: Reading,
  code: string,
  expected: string,
  at: Expr,
  received?: string,
): void {
  const quoted = received ?? reading.text.slice(at.at, at.end);
  reading.faults.push(sloFault(code, expected, quoted, at.at));
}
