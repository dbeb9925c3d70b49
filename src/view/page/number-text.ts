/**
 * Numbers as a person reads them: three digits, a unit, thousands apart. The pure rooms have no locale,
 * so that a page looks the same wherever it is made.
 */

/** Enough to judge by; more digits than this no burst measures. */
const DIGITS = 3;
const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
/** Shorter than this is told in seconds alone. */
const LONG_SECONDS = 120;

export function countText(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}

export function numberText(value: number): string {
  if (!Number.isFinite(value)) return 'not known';
  const rounded = Number(value.toPrecision(DIGITS));
  return Math.abs(rounded) >= MS_PER_SECOND ? countText(rounded) : String(rounded);
}

/** `412 ms`, `1.23 s`. */
export function msText(ms: number): string {
  return Math.abs(ms) < MS_PER_SECOND
    ? `${numberText(ms)} ms`
    : `${numberText(ms / MS_PER_SECOND)} s`;
}

/** `34 s`, `2 min 5 s`. */
export function secondsText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < LONG_SECONDS) return `${whole} s`;
  const minutes = Math.floor(whole / SECONDS_PER_MINUTE);
  const rest = whole % SECONDS_PER_MINUTE;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

export function percentText(ratio: number): string {
  return `${numberText(100 * ratio)} %`;
}

export function measuredText(value: number, unit: 'ms' | 'ratio' | 'req/s'): string {
  switch (unit) {
    case 'ms':
      return msText(value);
    case 'ratio':
      return percentText(value);
    case 'req/s':
      return `${numberText(value)} req/s`;
  }
}

/** `2026-11-25 01:40:33`, UTC. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}
