/** The right-hand side of an objective: a time, a ratio or a rate, with its unit. */
import { err, ok, type Result } from '../base/result.ts';
import { type SloFault, sloFault } from './slo-fault.ts';
import type { Expr } from './slo-tree.ts';
import {
  isRateWord,
  isRequestWord,
  RATE_UNIT_LIST,
  TIME_UNIT_LIST,
  unitMs,
} from './slo-vocabulary.ts';

/** 0.07 × 1000 is 70.00000000000001; twelve digits are more than any clock has. */
const DIGITS = 12;
/** Requests are cut off long before an hour. */
export const MAX_BOUND_MS = 3_600_000;
/** Above any server; keeps a typing error from becoming a plan. */
const MAX_RATE_RPS = 1_000_000;

/** A time in ms, in (0, 1 h]. */
export function timeMs(expr: Expr, text: string): Result<number, SloFault> {
  const expected = `a time with its unit (${TIME_UNIT_LIST})`;
  if (expr.kind === 'number') return err(fault('slo_missing_unit', expected, expr, text));
  if (expr.kind !== 'times' || expr.left.kind !== 'number' || expr.right.kind !== 'name') {
    return err(fault('slo_wrong_quantity', expected, expr, text));
  }
  const factor = unitMs(expr.right.name);
  if (factor === undefined) return err(fault('slo_unknown_unit', expected, expr.right, text));
  const ms = rounded(expr.left.value * factor);
  if (ms > 0 && ms <= MAX_BOUND_MS) return ok(ms);
  return err(fault('slo_bound_out_of_range', 'a time above 0 and up to an hour', expr, text));
}

/** A ratio in (0, 1): `1%` or `0.01`. The ends are left out: no sample can show them. */
export function ratio(expr: Expr, text: string): Result<number, SloFault> {
  const isPercent = expr.kind === 'percent';
  const number = isPercent ? expr.of : expr;
  if (number.kind !== 'number') {
    return err(fault('slo_wrong_quantity', 'a ratio such as 1% or 0.01', expr, text));
  }
  const value = rounded(isPercent ? number.value / 100 : number.value);
  if (value > 0 && value < 1) return ok(value);
  const expected = 'a ratio above 0% and below 100%: no sample can show either end';
  return err(fault('slo_bound_out_of_range', expected, expr, text));
}

/** A rate in requests per second. */
export function rateRps(expr: Expr, text: string): Result<number, SloFault> {
  const expected = `a rate with its unit (${RATE_UNIT_LIST})`;
  if (expr.kind === 'number') return err(fault('slo_missing_unit', expected, expr, text));
  const parts = rateParts(expr);
  if (parts === undefined) return err(fault('slo_wrong_quantity', expected, expr, text));
  if (parts.perMs === undefined) return err(fault('slo_unknown_unit', expected, expr, text));
  const rps = rounded((parts.value * 1_000) / parts.perMs);
  if (rps > 0 && rps <= MAX_RATE_RPS) return ok(rps);
  const range = `a rate above 0 and up to ${MAX_RATE_RPS} req/s`;
  return err(fault('slo_bound_out_of_range', range, expr, text));
}

interface RateParts {
  readonly value: number;
  /** Length of the time unit; undefined for words that are no rate. */
  readonly perMs: number | undefined;
}

/** `10 req/s`, `10/s`, `10 rps`. */
function rateParts(expr: Expr): RateParts | undefined {
  if (expr.kind === 'times' && expr.left.kind === 'number' && expr.right.kind === 'name') {
    return { value: expr.left.value, perMs: isRateWord(expr.right.name) ? 1_000 : undefined };
  }
  if (expr.kind !== 'per' || expr.right.kind !== 'name') return undefined;
  const perMs = unitMs(expr.right.name);
  const { left } = expr;
  if (left.kind === 'number') return { value: left.value, perMs };
  if (left.kind !== 'times' || left.left.kind !== 'number' || left.right.kind !== 'name') {
    return undefined;
  }
  return { value: left.left.value, perMs: isRequestWord(left.right.name) ? perMs : undefined };
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

function fault(code: string, expected: string, expr: Expr, text: string): SloFault {
  return sloFault(code, expected, text.slice(expr.at, expr.end), expr.at);
}
