/**
 * What has to stand before a burst: a cache as the policy wants it, generators that run. What goes wrong
 * here spoils the try, as a generator that dies in the middle does.
 */
import { LoadLost, type TargetFault } from '../../engine/engine-port.ts';
import { OPEN_TIMEOUT_MS } from '../runner-config.ts';
import type { HotLoad } from './hot-load.ts';
import type { ProbeRun } from './run-probe.ts';
import { NOTHING_SPENT } from './spending.ts';

/** By the policy's rule, before every burst and with nothing in flight; undefined when it is done. */
export async function emptyCache(
  load: Pick<HotLoad, 'drain'>,
  resetCache: ((signal: AbortSignal) => Promise<TargetFault | undefined>) | undefined,
  signal: AbortSignal,
): Promise<Exclude<ProbeRun, { kind: 'finished' }> | undefined> {
  if (resetCache === undefined) return undefined;
  try {
    await load.drain(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LoadLost)) throw error;
    return { kind: 'lost', detail: error.message, cost: NOTHING_SPENT };
  }
  const wrong = await resetCache(signal);
  if (wrong === undefined) return undefined;
  return { kind: 'lost', reason: wrong.reason, detail: wrong.detail, cost: NOTHING_SPENT };
}

/** A generator that does not start has spoilt the try like one that dies in the middle. */
export async function openSession(
  load: Pick<HotLoad, 'session'>,
  generators: number,
  opening: string,
  signal: AbortSignal,
): Promise<{ readonly session: Awaited<ReturnType<HotLoad['session']>> } | ProbeRun> {
  try {
    return { session: await load.session(generators, opening, signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LoadLost) {
      return { kind: 'lost', detail: error.message, cost: NOTHING_SPENT };
    }
    if (!(error instanceof DOMException && error.name === 'TimeoutError')) throw error;
    const detail = `no generator after ${OPEN_TIMEOUT_MS} ms`;
    return { kind: 'lost', detail, cost: NOTHING_SPENT };
  }
}
