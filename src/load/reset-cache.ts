/**
 * Empties the target's prefix cache by its own route, when nothing of ours is in flight. A server that
 * still has something running says so (SGLang by 400, newer vLLM in its body) and is asked again for a
 * while; one that has no such route ends the search before any load.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../core/base/result.ts';
import type { CacheResetRoute } from '../core/workload/spec.ts';
import { createPinnedFetch, type PinnedFetch } from './pinned-fetch.ts';
import type { LoadTarget } from './port.ts';
import { faultOfError, type TargetFault, TargetFaultError } from './target-fault.ts';

/** Requests that were cut have left the server after a step or two. */
const TRIES = 20;
const PAUSE_MS = 250;
const ANSWER_TIMEOUT_MS = 10_000;
const MAX_SAID_CHARS = 200;
/** SGLang answers 400 while anything runs or waits; others are simply busy. */
const BUSY: readonly TargetFault['reason'][] = ['target_client_error', 'target_rejects'];

export async function resetCache(
  target: LoadTarget,
  route: CacheResetRoute,
  signal: AbortSignal,
): Promise<Result<undefined, TargetFault>> {
  const http = createPinnedFetch(target.pinnedAddress);
  try {
    let said = '';
    for (let tried = 0; tried < TRIES; tried++) {
      if (tried > 0) await sleep(PAUSE_MS, undefined, { signal });
      const answer = await ask(http, target, route, signal);
      if (answer === undefined) return ok(undefined);
      said = answer;
    }
    return err({
      reason: 'cache_reset_failed',
      detail: `${route} did not empty the cache: ${said}`,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TargetFaultError && error.fault.reason === 'target_not_found') {
      const detail = `the target has no ${route} (vLLM has it in development mode only)`;
      return err({ reason: 'cache_reset_failed', detail });
    }
    return err(faultOfError(error, target.baseUrl.startsWith('https:')));
  } finally {
    await http.close();
  }
}

/** Undefined when it is done, else what the server said against it. */
async function ask(
  http: PinnedFetch,
  target: LoadTarget,
  route: CacheResetRoute,
  signal: AbortSignal,
): Promise<string | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  const { href } = new URL(route, target.baseUrl);
  try {
    const { headers } = target;
    const response = await http.fetch(href, { method: 'POST', headers, signal: limit });
    const text = (await response.text()).slice(0, MAX_SAID_CHARS);
    // vLLM's newer answers; the older ones have no body and give no sign.
    return /"success"\s*:\s*false/.test(text) ? text : undefined;
  } catch (error) {
    const isBusy = error instanceof TargetFaultError && BUSY.includes(error.fault.reason);
    if (!isBusy) throw error;
    return error.fault.detail;
  }
}
