/**
 * Times of data files, each in the unit that its publisher uses, become ms. A file in the wrong unit
 * would be replayed a thousand times too fast, so a mean rate that no service has is refused by name.
 */

export const TIME_UNITS = ['s', 'ms', 'us', 'ns', 'date'] as const;
/** `date`: `2023-11-16 18:17:03.9799600`, with or without a zone; without one it is read as UTC. */
export type TimeUnit = (typeof TIME_UNITS)[number];

const MS_PER: Readonly<Record<Exclude<TimeUnit, 'date'>, number>> = {
  s: 1_000,
  ms: 1,
  us: 1e-3,
  ns: 1e-6,
};
const DATE =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;
const MS_PER_S = 1_000;
const MS_PER_MINUTE = 60_000;
/** Slower is no load, faster is no single service: the unit is wrong. */
const MIN_TRACE_RPS = 0.01;
const MAX_TRACE_RPS = 10_000;

export function readTime(value: unknown, unit: TimeUnit): number | undefined {
  if (unit === 'date') return typeof value === 'string' ? readDate(value.trim()) : undefined;
  // Nanoseconds since 1970 come as text, because JSON's numbers are too coarse for them.
  const number =
    typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return undefined;
  return number * MS_PER[unit];
}

/** By its parts: the built-in reader takes a date without a zone as local time. */
function readDate(text: string): number | undefined {
  const parts = DATE.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '0', zone = 'Z'] = parts;
  const at = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return at + Number(fraction) * MS_PER_S - zoneMs(zone);
}

function zoneMs(zone: string): number {
  if (zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.replace(/\D/g, '');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * MS_PER_MINUTE;
}

/** Why times cannot be in the unit that they were read in; undefined when they can. */
export function rateFault(rows: number, spanMs: number, unit: string): string | undefined {
  if (rows < 2 || !(spanMs > 0)) return undefined;
  const rps = ((rows - 1) * MS_PER_S) / spanMs;
  if (rps >= MIN_TRACE_RPS && rps <= MAX_TRACE_RPS) return undefined;
  return `read in ${unit} the file asks ${rps.toPrecision(3)} requests per second`;
}
