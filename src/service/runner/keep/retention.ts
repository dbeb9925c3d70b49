/**
 * What is kept for how long: raw records for weeks, results for months. A purge runs when the service
 * starts and then once a day, in small pieces with pauses, so that a burst that is being measured next to
 * it does not notice.
 */
import type { Store } from '../../store/store-port.ts';
import type { Clock } from '../clock.ts';

export interface RetentionConfig {
  readonly recordsDays: number;
  readonly resultsDays: number;
}

export interface Purged {
  /** Bursts whose raw records went. */
  readonly records: number;
  readonly searches: number;
}

export interface RetentionParts {
  readonly store: Pick<Store, 'purgeRecords' | 'purgeSearches' | 'reclaim'>;
  readonly clock: Clock;
  readonly config: RetentionConfig;
  readonly onPurged: (purged: Purged) => void;
  readonly onError: (error: unknown) => void;
}

export interface Retention {
  start(): void;
  stop(): Promise<void>;
}

export const DAY_MS = 86_400_000;
/** Between two purges. */
const PERIOD_MS = DAY_MS;
/** A purge that failed (disk full, file held by a backup) is tried again well before the next day. */
const RETRY_MS = 600_000;
/** Bursts in one transaction: their blobs are 0.1 to 1 MB, and 20 of them go in some milliseconds. */
const RECORDS_AT_ONCE = 20;
const SEARCHES_AT_ONCE = 10;
/** Between two pieces: whoever wants to write comes in between. */
const PAUSE_MS = 20;
/** Pieces of one purge; what is left after them goes with the next. */
const MOST_PIECES = 20_000;

export function createRetention(parts: RetentionParts): Retention {
  const { clock, onPurged, onError } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();

  async function keepHouse(): Promise<void> {
    while (!signal.aborted) {
      let waitMs = PERIOD_MS;
      try {
        onPurged(await purge(parts, signal));
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
        waitMs = RETRY_MS;
      }
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  return {
    start() {
      running = keepHouse();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Everything that is too old now. An abort ends it between two pieces, with what has gone so far. */
export async function purge(
  { store, clock, config }: Omit<RetentionParts, 'onPurged' | 'onError'>,
  signal: AbortSignal,
): Promise<Purged> {
  const nowMs = clock.wallMs();
  const records = await inPieces(
    (most) => store.purgeRecords(nowMs - config.recordsDays * DAY_MS, most),
    RECORDS_AT_ONCE,
  );
  const searches = await inPieces(
    (most) => store.purgeSearches(nowMs - config.resultsDays * DAY_MS, most),
    SEARCHES_AT_ONCE,
  );
  let more = records + searches > 0;
  for (let i = 0; more && i < MOST_PIECES && !signal.aborted; i++) {
    more = await store.reclaim();
    await clock.sleep(PAUSE_MS, signal).catch(() => {});
  }
  return { records, searches };

  async function inPieces(piece: (most: number) => Promise<number>, most: number): Promise<number> {
    let gone = 0;
    for (let i = 0; i < MOST_PIECES && !signal.aborted; i++) {
      const now = await piece(most);
      gone += now;
      if (now < most) break;
      await clock.sleep(PAUSE_MS, signal).catch(() => {});
    }
    return gone;
  }
}
