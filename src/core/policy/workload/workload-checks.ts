/**
 * What is wrong with a workload beyond its shape: laws that contradict themselves, weights that do not
 * sum, a fluctuation that would need a negative rate. Reads what was given as far as it has the right
 * type. `given` holds `workload`, as it was given; what only shows once the policy's keys are under
 * the inline ones is in `mergedWorkloadFaults`.
 */
import type { Fault } from '../../base/fault.ts';
import { MAX_TURNS } from '../../workload/conversations.ts';
import { PERCENTILE_LIMITS, percentilePoints } from '../length-input.ts';
import { pointerOf, received, valueAt } from '../shape-faults.ts';
import { metricNamed, statisticNamed } from '../slo-vocabulary.ts';
import { extrasFaults } from './extras-checks.ts';
import { REQUEST_KEYS } from './workload-schema.ts';

type PointerTo = (...path: string[]) => string;

/** Rounded shares may miss 1 by this much. */
const WEIGHT_TOLERANCE = 0.001;
const SUM_DIGITS = 6;

export function workloadFaults(given: unknown): Fault[] {
  const parts = valueAt(given, ['workload', 'parts']);
  const places = Array.isArray(parts)
    ? parts.map((_, i) => ['workload', 'parts', String(i)])
    : [['workload']];
  return [
    ...places.flatMap((path) => requestFaults(given, path)),
    ...(Array.isArray(parts) ? partFaults(parts) : []),
    ...arrivalFaults(given),
  ];
}

function requestFaults(given: unknown, path: readonly string[]): Fault[] {
  return [
    ...['input_tokens', 'output_tokens', 'turns'].flatMap((key) =>
      lawFaults(given, [...path, key]),
    ),
    ...turnFaults(given, [...path, 'turns']),
    ...lawFaults(given, [...path, 'shared_prefix', 'tokens']),
    ...lawFaults(given, [...path, 'think_ms']),
    ...pairFaults(given, path),
    ...extrasFaults(valueAt(given, [...path, 'request']), [...path, 'request']),
  ];
}

/** Edges that were given; a tail that nobody bounded ends at the same number by itself. */
function turnFaults(given: unknown, path: readonly string[]): Fault[] {
  const places = [[], ['max'], ['uniform', 'max'], ['lognormal', 'max'], ['mean']];
  return places.flatMap((place) => {
    const value = valueAt(given, [...path, ...place]);
    if (typeof value !== 'number' || value <= MAX_TURNS) return [];
    return [fault([...path, ...place], 'out_of_range', `at most ${MAX_TURNS} turns`, value)];
  });
}

function lawFaults(given: unknown, path: readonly string[]): Fault[] {
  const forms = [[], ['uniform'], ['lognormal'], ['exponential']];
  return [
    ...forms.flatMap((form) => edgeFaults(given, [...path, ...form])),
    ...histogramFaults(given, [...path, 'histogram']),
    ...percentileFaults(given, path),
  ];
}

function edgeFaults(given: unknown, path: readonly string[]): Fault[] {
  const law = valueAt(given, path);
  const min = valueAt(law, ['min']);
  const max = valueAt(law, ['max']);
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    return [fault([...path, 'min'], 'min_above_max', `at most max (${max})`, min)];
  }
  const [centre, value] = ['mean', 'median']
    .map((name): [string, unknown] => [name, valueAt(law, [name])])
    .find(([, found]) => typeof found === 'number') ?? ['mean', undefined];
  if (typeof value !== 'number') return [];
  const low = typeof min === 'number' ? min : value;
  const high = typeof max === 'number' ? max : value;
  if (value >= low && value <= high) return [];
  return [fault([...path, centre], 'out_of_range', `from min to max (${low} to ${high})`, value)];
}

function histogramFaults(given: unknown, path: readonly string[]): Fault[] {
  const bins = valueAt(given, path);
  if (!Array.isArray(bins)) return [];
  const faults = bins.flatMap((_, i) => edgeFaults(given, [...path, String(i)]));
  const weights = bins.map((bin: unknown) => valueAt(bin, ['weight']));
  if (weights.some((weight) => weight !== 0)) return faults;
  return [...faults, fault(path, 'no_weight', 'a bin with a weight above 0', 0)];
}

function percentileFaults(given: unknown, path: readonly string[]): Fault[] {
  const percentiles = valueAt(given, [...path, 'percentiles']);
  if (typeof percentiles !== 'object' || percentiles === null) return [];
  const known: Record<string, number> = {};
  for (const [name, tokens] of Object.entries(percentiles)) {
    if (typeof tokens === 'number' && /^p\d/.test(name)) known[name] = tokens;
  }
  const points = percentilePoints(known);
  const at = [...path, 'percentiles'];
  const { min, max } = PERCENTILE_LIMITS;
  if (points.length < min || points.length > max) {
    return [fault(at, 'wrong_length', `${min} to ${max} percentiles`, points.length)];
  }
  const edge = points.find(({ q }) => !(q > 0 && q < 1));
  if (edge !== undefined) return [fault(at, 'out_of_range', 'percentiles above p0', edge.q)];
  for (const [i, point] of points.entries()) {
    const before = points[i - 1];
    if (before === undefined) continue;
    if (before.q === point.q) return [fault(at, 'duplicate_name', 'each percentile once', point.q)];
    if (before.tokens > point.tokens) {
      const expected = `at least that of the percentile before it (${before.tokens})`;
      return [fault(at, 'min_above_max', expected, point.tokens)];
    }
  }
  return [];
}

function pairFaults(given: unknown, path: readonly string[]): Fault[] {
  const request = valueAt(given, path);
  if (valueAt(request, ['length_pairs']) === undefined) return [];
  return ['input_tokens', 'output_tokens', 'length_correlation'].flatMap((key) => {
    const value = valueAt(request, [key]);
    if (value === undefined) return [];
    return [fault([...path, key], 'conflicting_keys', `no ${key}: it is in length_pairs`, value)];
  });
}

function partFaults(parts: readonly unknown[]): Fault[] {
  const at = ['workload', 'parts'];
  const faults: Fault[] = [];
  const names = new Set<string>();
  const weights = parts.map((part) => valueAt(part, ['weight']));
  for (const [i, part] of parts.entries()) {
    const name = valueAt(part, ['name']);
    if (typeof name !== 'string') continue;
    const path = [...at, String(i), 'name'];
    if (names.has(name)) faults.push(fault(path, 'duplicate_name', 'a name of its own', name));
    names.add(name);
    if (metricNamed(name) !== undefined || statisticNamed(name) !== undefined || WORDS.has(name)) {
      faults.push(fault(path, 'reserved_name', 'no word that SLOs use otherwise', name));
    }
  }
  if (!weights.every((weight) => typeof weight === 'number')) return faults;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) <= WEIGHT_TOLERANCE) return faults;
  const rounded = Number(sum.toFixed(SUM_DIGITS));
  return [...faults, fault(at, 'weights_do_not_sum', 'weights that sum to 1', rounded)];
}

/** Words that mathjs or the grammar reads otherwise. */
const WORDS: ReadonlySet<string> = new Set(
  'and or xor not mod to in true false null undefined nan infinity end all'.split(' '),
);

function arrivalFaults(given: unknown): Fault[] {
  const path = ['workload', 'arrivals'];
  const faults: Fault[] = [];
  const times = valueAt(given, [...path, 'at_ms']);
  if (Array.isArray(times) && times.every((t) => typeof t === 'number')) {
    const back = times.findIndex((t, i) => i > 0 && t < (times[i - 1] ?? 0));
    if (back > 0) {
      const expected = `at least the time before it (${times[back - 1]})`;
      faults.push(fault([...path, 'at_ms', String(back)], 'out_of_order', expected, times[back]));
    } else if (times[0] === times.at(-1)) {
      faults.push(fault([...path, 'at_ms'], 'no_span', 'two different times', times[0]));
    }
  }
  const square = [...path, 'fluctuation', 'square'];
  const amplitude = valueAt(given, [...square, 'amplitude']);
  const duty = valueAt(given, [...square, 'duty_ratio']);
  if (typeof amplitude === 'number' && typeof duty === 'number' && (1 + amplitude) * duty > 1) {
    const most = Number((1 / duty - 1).toPrecision(SUM_DIGITS));
    const expected = `at most 1 / duty_ratio - 1 (${most}), or the rest would be negative`;
    faults.push(fault([...square, 'amplitude'], 'out_of_range', expected, amplitude));
  }
  const rates = valueAt(given, [...path, 'fluctuation', 'series', 'rates']);
  if (Array.isArray(rates) && rates.every((rate) => rate === 0)) {
    const at = [...path, 'fluctuation', 'series', 'rates'];
    faults.push(fault(at, 'no_weight', 'a rate above 0', 0));
  }
  return faults;
}

/** `workload` and `axis` are what counts in the end: inline keys over the policy's, defaults under both. */
export function mergedWorkloadFaults(
  workload: unknown,
  axis: unknown,
  pointerTo: PointerTo,
): Fault[] {
  const faults: Fault[] = [];
  const kind = valueAt(workload, ['kind']);
  const isMix = valueAt(workload, ['parts']) !== undefined;
  if (isMix) {
    for (const key of REQUEST_KEYS) {
      const value = valueAt(workload, [key]);
      if (value === undefined) continue;
      const expected = `no ${key} beside parts: each part has its own`;
      faults.push({
        ...fault([], 'conflicting_keys', expected, value),
        pointer: pointerTo('workload', key),
      });
    }
  }
  if (kind !== undefined && (kind === 'mix') !== isMix) {
    const expected = isMix ? 'mix, since there are parts' : 'parts beside it';
    faults.push({
      ...fault([], 'conflicting_keys', expected, kind),
      pointer: pointerTo('workload', 'kind'),
    });
  }
  const fluctuation = valueAt(workload, ['arrivals', 'fluctuation']);
  if (fluctuation !== undefined && axis !== 'request_rate') {
    const expected = 'the axis request_rate: streams do not arrive at a rate';
    const pointer = pointerTo('workload', 'arrivals');
    faults.push({ ...fault([], 'wrong_axis', expected, fluctuation), pointer });
  }
  return faults;
}

function fault(path: readonly string[], code: string, expected: string, value: unknown): Fault {
  return { pointer: pointerOf(path), code, expected, received: received(value) };
}
