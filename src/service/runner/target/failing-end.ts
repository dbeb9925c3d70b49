/**
 * Did a burst end in nothing but errors? A gateway before a dead server answers at once and with 5xx, which
 * looks like a server that is full. Such a burst is not believed the first time: the load stops, the target
 * is asked without load, and the burst is run again. What fails the same way twice, with an answer in
 * between, fails by its load.
 */
import type { BurstSnapshot } from '../../../core/metrics/burst-snapshot.ts';
import { type Outcome, outcomeAt } from '../../../core/metrics/request-columns.ts';
import { later, type TargetTrouble, UNREACHABLE } from './target-trouble.ts';

/** Ends that a dead server behind a gateway can have, and a full one too. */
const ERRORS: ReadonlySet<Outcome> = new Set([
  ...UNREACHABLE,
  'rejected',
  'server_error',
  'stream_error',
  'truncated',
]);
/** So many at the end: a bound takes at least five bad samples, and some of them may be slow ones. */
const MIN_ERRORS = 3;

export function failingEnd({ records, burstStartMs }: BurstSnapshot): TargetTrouble | undefined {
  let lastLifeMs = burstStartMs;
  for (let i = 0; i < records.count; i++) {
    const outcome = outcomeAt(records, i);
    // Tokens of a stream that broke off were life; the head of an error is not.
    lastLifeMs = later(lastLifeMs, records.lastTokenMs[i]);
    if (ERRORS.has(outcome)) continue;
    lastLifeMs = later(lastLifeMs, records.firstByteMs[i]);
    if (outcome === 'ok') lastLifeMs = later(lastLifeMs, records.endMs[i]);
  }
  let errors = 0;
  let lastStatus = 0;
  for (let i = 0; i < records.count; i++) {
    if (!ERRORS.has(outcomeAt(records, i)) || !((records.endMs[i] ?? 0) > lastLifeMs)) continue;
    errors += 1;
    lastStatus = records.httpStatus[i] ?? 0;
  }
  if (errors < MIN_ERRORS) return undefined;
  const last = lastStatus > 0 ? ` (HTTP ${lastStatus})` : '';
  return { kind: 'failing', detail: `the last ${errors} requests all failed${last} at load` };
}
