/**
 * What is wrong with a question beyond its shape. Every check reads what was given as far as it has the
 * right type, so that these faults come together with those of the shape.
 */
import type { Axis } from '../base/axis.ts';
import type { Fault } from '../base/fault.ts';
import { DEFAULT_AXIS, DEFAULT_RANGE, type QuestionLimits } from './question-defaults.ts';
import { MAX_LABELS } from './question-schema.ts';
import { pointerOf, received, valueAt } from './shape-faults.ts';
import { parseSlo } from './slo-parse.ts';

/** Says where a value stands: in what is checked, or in the policy that it came from. */
type PointerTo = (...path: string[]) => string;

/** SLO texts and names of tiers. `given` holds `slo`. */
export function sloFaults(given: unknown): Fault[] {
  const slo = valueAt(given, ['slo']);
  if (typeof slo === 'string') return [...textFaults(slo, '/slo')];
  if (!Array.isArray(slo)) return [];
  const names = new Set<unknown>();
  return slo.flatMap((tier: unknown, i): readonly Fault[] => {
    const text = valueAt(tier, ['objectives']);
    const name = valueAt(tier, ['name']);
    const faults = typeof text === 'string' ? textFaults(text, `/slo/${i}/objectives`) : [];
    if (typeof name !== 'string') return faults;
    if (!names.has(name)) {
      names.add(name);
      return faults;
    }
    const pointer = `/slo/${i}/name`;
    return [...faults, fault(pointer, 'duplicate_name', 'a name of its own', name)];
  });
}

function textFaults(text: string, pointer: string): readonly Fault[] {
  const parsed = parseSlo(text, pointer);
  return parsed.ok ? [] : parsed.error;
}

/** Range and start of the load. `load` may be merged; `pointerTo` tells where each value came from. */
export function loadFaults(
  load: unknown,
  limits: QuestionLimits | undefined,
  pointerTo: PointerTo,
): Fault[] {
  const axis = axisOf(valueAt(load, ['axis']));
  if (axis === undefined) return [];
  const faults: Fault[] = [];
  const ceiling = limits === undefined ? Number.POSITIVE_INFINITY : loadCeiling(axis, limits);
  for (const key of ['min', 'max', 'start']) {
    const value = valueAt(load, [key]);
    if (typeof value !== 'number') continue;
    const pointer = pointerTo('load', key);
    if (axis === 'concurrency' && !Number.isInteger(value)) {
      faults.push(fault(pointer, 'not_integer', 'a whole number of streams', value));
    }
    if (value > ceiling) {
      faults.push(
        fault(pointer, 'above_ceiling', `at most ${ceiling}, the operator's limit`, value),
      );
    }
  }
  return [...faults, ...orderFaults(load, axis, ceiling, pointerTo)];
}

/** A load that the target has to carry. */
export function requiredFaults(
  value: unknown,
  axisGiven: unknown,
  limits: QuestionLimits | undefined,
  pointer: string,
): Fault[] {
  const axis = axisOf(axisGiven);
  if (typeof value !== 'number' || axis === undefined) return [];
  const faults: Fault[] = [];
  if (axis === 'concurrency' && !Number.isInteger(value)) {
    faults.push(fault(pointer, 'not_integer', 'a whole number of streams', value));
  }
  const ceiling = limits === undefined ? Number.POSITIVE_INFINITY : loadCeiling(axis, limits);
  if (value > ceiling) {
    faults.push(fault(pointer, 'above_ceiling', `at most ${ceiling}, the operator's limit`, value));
  }
  return faults;
}

function orderFaults(load: unknown, axis: Axis, ceiling: number, pointerTo: PointerTo): Fault[] {
  const min = numberOr(load, 'min', DEFAULT_RANGE[axis].min);
  const max = numberOr(load, 'max', Math.min(DEFAULT_RANGE[axis].max, ceiling));
  const start = numberOr(load, 'start', min);
  if (min > max) {
    // Both may be at fault; the one that was given here, not the policy's or the default.
    const given = ['min', 'max'].filter((name) => typeof valueAt(load, [name]) === 'number');
    const own = given.find((name) => pointerTo('load', name) === pointerOf(['load', name]));
    const key = own ?? given[0] ?? 'min';
    const expected = key === 'min' ? `at most max (${max})` : `at least min (${min})`;
    return [fault(pointerTo('load', key), 'min_above_max', expected, key === 'min' ? min : max)];
  }
  if (start >= min && start <= max) return [];
  return [fault(pointerTo('load', 'start'), 'out_of_range', `from ${min} to ${max}`, start)];
}

/** Budgets above the operator's ceilings. `budget` may be merged. */
export function budgetFaults(
  budget: unknown,
  limits: QuestionLimits,
  pointerTo: PointerTo,
): Fault[] {
  const ceilings = {
    load_seconds: limits.maxLoadSeconds,
    requests: limits.maxRequests,
    output_tokens: limits.maxOutputTokens,
  };
  return Object.entries(ceilings).flatMap(([key, ceiling]) => {
    const value = valueAt(budget, [key]);
    if (typeof value !== 'number' || value <= ceiling) return [];
    const expected = `at most ${ceiling}, the operator's limit`;
    return [fault(pointerTo('budget', key), 'above_ceiling', expected, value)];
  });
}

export function labelFaults(given: unknown): Fault[] {
  const labels = valueAt(given, ['labels']);
  if (typeof labels !== 'object' || labels === null) return [];
  const count = Object.keys(labels).length;
  if (count <= MAX_LABELS) return [];
  return [fault('/labels', 'wrong_length', `at most ${MAX_LABELS} labels`, count)];
}

export function loadCeiling(axis: Axis, limits: QuestionLimits): number {
  return axis === 'concurrency' ? limits.maxConcurrency : limits.maxRps;
}

/** Undefined when it is neither absent nor an axis: the shape says so already. */
function axisOf(value: unknown): Axis | undefined {
  if (value === undefined) return DEFAULT_AXIS;
  return value === 'concurrency' || value === 'request_rate' ? value : undefined;
}

function numberOr(object: unknown, key: string, otherwise: number): number {
  const value = valueAt(object, [key]);
  return typeof value === 'number' ? value : otherwise;
}

export function fault(pointer: string, code: string, expected: string, value: unknown): Fault {
  return { pointer, code, expected, received: received(value) };
}
