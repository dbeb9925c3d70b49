/**
 * `plimsoll prune`: what the service does once a day, now and with other limits: a full disk does not wait
 * for the night.
 */
import type { Result } from '../../core/base/result.ts';
import { systemClock } from '../../service/runner/clock.ts';
import { DAY_MS, purge } from '../../service/runner/keep/retention.ts';
import type { BesideStore } from '../../service/store/beside-store.ts';
import { openBeside } from '../../service/store/sqlite-beside.ts';
import { sizeOf } from '../../service/store/sqlite-space.ts';
import type { Command, Given } from '../args/command.ts';
import { CommandError, EXIT, say } from '../exit.ts';
import { DATA_DIR_OPTION, storePlace } from '../store-file.ts';

const MAX_DAYS = 36_500;

export const command: Command = {
  about:
    'Takes raw records and searches that are too old from the store, also while the service runs.',
  positionals: [],
  options: {
    ...DATA_DIR_OPTION,
    'records-days': {
      kind: 'integer',
      about: 'raw request records older than this go (30)',
      value: 'N',
      min: 0,
      max: MAX_DAYS,
    },
    'results-days': {
      kind: 'integer',
      about: 'searches that ended longer ago go whole (400)',
      value: 'N',
      min: 0,
      max: MAX_DAYS,
    },
    'dry-run': { kind: 'flag', about: 'only tells what would go' },
  },
  examples: ['plimsoll prune --records-days 7', 'plimsoll prune --results-days 90 --dry-run'],
  run: runPrune,
};

async function runPrune(given: Given): Promise<number> {
  const place = storePlace(given);
  const opened = await (place.kind === 'sqlite' ? openBeside(place.file) : openDatabase(place.url));
  if (!opened.ok) throw new CommandError(opened.error, EXIT.targetOrService);
  const store = opened.value;
  const config = {
    recordsDays: days(given, 'records-days', 'PLIMSOLL_RECORDS_DAYS', 30),
    resultsDays: days(given, 'results-days', 'PLIMSOLL_RESULTS_DAYS', 400),
  };
  try {
    if (given.flag('dry-run')) {
      const nowMs = systemClock.wallMs();
      const old = await store.countOld(
        nowMs - config.recordsDays * DAY_MS,
        nowMs - config.resultsDays * DAY_MS,
      );
      say(`would go: raw records of ${old.records} bursts, ${old.searches} searches`);
      return EXIT.pass;
    }
    const before = place.kind === 'sqlite' ? sizeOf(place.file) : 0;
    const interrupted = new AbortController();
    process.once('SIGINT', () => interrupted.abort());
    const gone = await purge({ store, clock: systemClock, config }, interrupted.signal);
    const space =
      place.kind === 'sqlite'
        ? `${(Math.max(0, before - sizeOf(place.file)) / 1e6).toFixed(1)} MB freed`
        : 'Postgres gives their space to new rows (autovacuum)';
    say(`gone: raw records of ${gone.records} bursts, ${gone.searches} searches; ${space}`);
    return interrupted.signal.aborted ? EXIT.interrupted : EXIT.pass;
  } finally {
    await store.close();
  }
}

/** Postgres is loaded only by who uses it. */
async function openDatabase(url: string): Promise<Result<BesideStore, string>> {
  const { openPostgresBeside } = await import('../../service/store/postgres-store.ts');
  return openPostgresBeside(url);
}

/** As the service itself would be told; what it would refuse is the default here. */
function days(given: Given, option: string, variable: string, byDefault: number): number {
  const own = given.number(option);
  if (own !== undefined) return own;
  const text = process.env[variable] ?? '';
  return /^\d{1,5}$/.test(text) ? Number(text) : byDefault;
}
