/** Numbers as plots and reports write them: few digits, the unit beside them, the same on every machine. */
import type { Axis } from '../../core/base/axis.ts';
import type { Interval } from '../../core/probe/probe-report.ts';

const SIGNIFICANT_DIGITS = 3;

/** Three digits; thousands are grouped, and no digit of a whole number is lost. */
export function figure(value: number): string {
  const rounded =
    Math.abs(value) >= 10 ** (SIGNIFICANT_DIGITS - 1)
      ? Math.round(value)
      : Number(value.toPrecision(SIGNIFICANT_DIGITS));
  return grouped(rounded);
}

/** 12345.6 as `12,345.6`: not by locale, which differs between machines. */
export function grouped(value: number): string {
  const [whole = '', fraction] = String(value).split('.');
  const groups = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

export function percentText(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(4))} %`;
}

export function valueText(value: number, unit: string): string {
  return unit === 'ratio' ? percentText(value) : `${figure(value)} ${unit}`;
}

/** `480 ms (455 to 510 ms)`, an open end as `...`. */
export function intervalText(interval: Interval | undefined, unit: string): string {
  if (interval === undefined) return 'no number';
  const { value, low, high } = interval;
  if (low === undefined && high === undefined) return valueText(value, unit);
  const end = (bound: number | undefined): string =>
    bound === undefined ? '...' : unit === 'ratio' ? percentText(bound) : figure(bound);
  return `${valueText(value, unit)} (${end(low)} to ${end(high)})`;
}

export const LOAD_UNITS: Readonly<Record<Axis, string>> = {
  concurrency: 'concurrent requests',
  request_rate: 'requests/s',
};
