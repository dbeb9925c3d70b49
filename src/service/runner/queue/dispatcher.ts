/**
 * Gives searches their turns and carries each to its end: starts what is due, ends what is overdue,
 * tries again what the store could not keep, and at a stop leaves everything as the next start needs it.
 */
import type { StoredSearch } from '../../store/store-port.ts';
import { WriteFailed } from '../keep/journal.ts';
import type { ChangeFeed } from '../read/change-feed.ts';
import { type RunParts, runSearch } from '../run/run-search.ts';
import { writeEnd, writeStop } from '../run/search-writes.ts';
import { CANCEL_WAIT_MS, STORE_RETRY_MS, WATCH_PERIOD_MS } from '../runner-config.ts';
import { type ActiveSearch, createActiveSearch } from './active-search.ts';
import { audited } from './audited.ts';
import { abortable, type Stop, StopRequest } from './stop-request.ts';
import { createTurns, type Turns } from './turns.ts';

export interface Dispatcher {
  readonly turns: Turns<ActiveSearch>;
  /** Takes in a search that has not ended. */
  accept(search: StoredSearch): void;
  /** Ends a search from outside; resolves when the end is written, or as it stands after a while. */
  end(id: string, stop: Exclude<Stop, { kind: 'shutdown' }>): Promise<void>;
  start(): void;
  /** All load has stopped when it resolves. */
  stop(): Promise<void>;
}

/** An operator's kill is an end: what was running must not come back when the switch is released. */
const KILLED = { kind: 'cancelled', reason: 'kill_switch' } as const satisfies Stop;

export function createDispatcher(parts: RunParts, feed: ChangeFeed): Dispatcher {
  const { store, clock, engine, onError } = parts;
  const { killSwitch } = parts.access;
  const turns = createTurns<ActiveSearch>(engine.maxSearches);
  const runs = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let started = false;
  let watching: Promise<void> = Promise.resolve();

  function dispatch(): void {
    if (!started || stopping.signal.aborted || killSwitch.state() !== undefined) return;
    for (const active of turns.takeDue()) {
      const run = carry(active).finally(() => runs.delete(active.id));
      runs.set(active.id, run);
    }
  }

  async function carry(active: ActiveSearch): Promise<void> {
    let retry = false;
    try {
      const search = await store.search(active.id);
      if (search === undefined) return;
      await audited(search, parts, () =>
        runSearch(search, parts, (ms) => active.burstStarted(ms), active.signal),
      );
    } catch (error) {
      onError(error);
      retry = error instanceof WriteFailed || !(await endBroken(active.id));
    }
    // A store that cannot be written (disk full) may recover: the log is the search.
    if (retry && !active.signal.aborted) await retryLater(active);
    turns.remove(active.id);
    feed.notify(active.id);
    if (retry) await takeUpAgain(active.id);
    dispatch();
  }

  /** A defect of ours: trying again would only repeat it. False when even that cannot be written. */
  async function endBroken(id: string): Promise<boolean> {
    try {
      const search = await store.search(id);
      if (search === undefined || search.endedAtMs !== undefined) return true;
      const detail = 'an unexpected error inside the service; its log has the cause';
      await writeEnd(
        search,
        { kind: 'failed', reason: 'internal_error', detail },
        undefined,
        parts,
      );
      return true;
    } catch (error) {
      onError(error);
      return false;
    }
  }

  async function retryLater(active: ActiveSearch): Promise<void> {
    const either = AbortSignal.any([active.signal, stopping.signal]);
    await clock.sleep(STORE_RETRY_MS, either).catch(() => {});
  }

  async function takeUpAgain(id: string): Promise<void> {
    if (stopping.signal.aborted) return;
    try {
      const search = await store.search(id);
      if (search === undefined || search.endedAtMs !== undefined) return;
      turns.add(createActiveSearch(search, clock));
    } catch (error) {
      // The next start of the service carries it on.
      onError(error);
    }
  }

  async function end(id: string, stop: Exclude<Stop, { kind: 'shutdown' }>): Promise<void> {
    const active = turns.get(id);
    if (active === undefined) return;
    active.stop(stop);
    const run = runs.get(id);
    if (run !== undefined) {
      const wait = AbortSignal.timeout(CANCEL_WAIT_MS);
      await abortable(run, wait).catch(() => {});
    }
    // Not run yet, or its load is slow to stop: the end is written here, and the fence keeps it.
    const search = await store.search(id);
    if (search === undefined || search.endedAtMs !== undefined) return;
    await writeStop(search, stop, undefined, parts);
    if (run === undefined) turns.remove(id);
    dispatch();
  }

  /** What is added after this, or cannot be written now, is ended by the watch. */
  function endAll(): void {
    for (const { id } of [...turns.running(), ...turns.waiting()]) end(id, KILLED).catch(onError);
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      for (const active of [...turns.running(), ...turns.waiting()]) {
        if (active.signal.aborted) continue;
        const killed = killSwitch.state() === undefined ? undefined : KILLED;
        const stop = killed ?? active.overdue(feed.listeners(active.id) > 0);
        if (stop !== undefined && stop.kind !== 'shutdown') end(active.id, stop).catch(onError);
      }
      await clock.sleep(WATCH_PERIOD_MS, stopping.signal).catch(() => {});
    }
  }

  return {
    turns,
    accept(search) {
      turns.add(createActiveSearch(search, clock));
      dispatch();
    },
    end,
    start() {
      started = true;
      killSwitch.onEngaged(endAll);
      watching = watch();
      dispatch();
    },
    async stop() {
      stopping.abort(new StopRequest({ kind: 'shutdown' }));
      for (const active of turns.running()) active.stop({ kind: 'shutdown' });
      await engine.stop();
      await Promise.all([...runs.values(), watching]);
    },
  };
}
