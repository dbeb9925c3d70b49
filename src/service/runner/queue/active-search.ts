/** A search that has not ended, as this process knows it: its turn, its lease, how to stop it. */
import type { StoredSearch } from '../../store/store-port.ts';
import type { Clock } from '../clock.ts';
import { type Stop, StopRequest } from './stop-request.ts';
import type { Turn } from './turns.ts';

export interface ActiveSearch extends Turn {
  readonly signal: AbortSignal;
  stop(stop: Stop): void;
  /** Somebody polled or streams. */
  touch(): void;
  /** Why it is over by now, if it is: nobody asked for too long, or its deadline has come. */
  overdue(hasListeners: boolean): Stop | undefined;
  /** The burst that starts now ends at the latest after this time. */
  burstStarted(lengthMs: number): void;
  /** Time until the running burst ends; undefined before the first. */
  burstLeftMs(): number | undefined;
}

/** Leases start anew with the process: while it was away nobody could have asked. */
export function createActiveSearch(search: StoredSearch, clock: Clock): ActiveSearch {
  const { id, kind, targetKey, questionHash, leaseSeconds, deadlineAtMs } = search;
  const controller = new AbortController();
  let touchedMs = clock.monotonicMs();
  let burstEndMs: number | undefined;
  return {
    id,
    kind,
    targetKey,
    questionHash,
    signal: controller.signal,
    stop: (stop) => controller.abort(new StopRequest(stop)),
    touch() {
      touchedMs = clock.monotonicMs();
    },
    overdue(hasListeners) {
      if (deadlineAtMs !== undefined && clock.wallMs() >= deadlineAtMs) {
        return { kind: 'expired', reason: 'deadline_reached' };
      }
      if (leaseSeconds === undefined) return undefined;
      if (hasListeners) touchedMs = clock.monotonicMs();
      const idleMs = clock.monotonicMs() - touchedMs;
      return idleMs > leaseSeconds * 1_000
        ? { kind: 'expired', reason: 'lease_expired' }
        : undefined;
    },
    burstStarted(lengthMs) {
      burstEndMs = clock.monotonicMs() + lengthMs;
    },
    burstLeftMs: () =>
      burstEndMs === undefined ? undefined : Math.max(0, burstEndMs - clock.monotonicMs()),
  };
}
