/**
 * One line for each start, stop and refusal: who, what, which target, from where, and how it ended. A
 * stranger who is refused again and again must not fill the disk, so refusals have a rate, and what was
 * left out is counted.
 */
export interface AuditEntry {
  /** `load.start`, `load.stop`, `kill_switch.engage`, or the call: `createSearch`, `cancelSearch`, … */
  readonly action: string;
  readonly outcome: string;
  /** Name of the caller; `-` for a stranger, `service` for what nobody asked for. */
  readonly who: string;
  readonly via?: string;
  /** Address of the connection. */
  readonly from?: string;
  readonly forwardedFor?: string;
  readonly target?: string;
  readonly searchId?: string;
  readonly status?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly requestId?: string;
}

export interface Audit {
  record(entry: AuditEntry): void;
}

export const NO_AUDIT: Audit = { record: () => undefined };

/** Refusals of one caller: so many at once, then so many a second. */
const BURST = 100;
const PER_SECOND = 1;
/** Callers are named by the operator; strangers are one. */
const MAX_CALLERS = 10_000;

interface Bucket {
  tokens: number;
  atMs: number;
  left: number;
}

/** The same audit with a rate for refusals; everything else passes. `key` groups the callers. */
export function boundRefusals(
  audit: Audit,
  monotonicMs: () => number,
  key: (who: string) => string,
): Audit {
  const buckets = new Map<string, Bucket>();
  return {
    record(entry) {
      if (entry.outcome !== 'refused') return audit.record(entry);
      const name = key(entry.who);
      const nowMs = monotonicMs();
      if (!buckets.has(name) && buckets.size >= MAX_CALLERS) buckets.clear();
      const bucket = buckets.get(name) ?? { tokens: BURST, atMs: nowMs, left: 0 };
      buckets.set(name, bucket);
      bucket.tokens = Math.min(BURST, bucket.tokens + (PER_SECOND * (nowMs - bucket.atMs)) / 1_000);
      bucket.atMs = nowMs;
      if (bucket.tokens < 1) {
        bucket.left += 1;
        return;
      }
      bucket.tokens -= 1;
      if (bucket.left > 0) {
        const detail = `${bucket.left} more refusals were not written`;
        audit.record({ action: 'audit', outcome: 'suppressed', who: entry.who, detail });
        bucket.left = 0;
      }
      audit.record(entry);
    },
  };
}
