/**
 * Calls to a service: the key, a deadline on each call, and patience with what passes by itself (a
 * connection that broke, a full queue, a proxy's 502). Every call here may be repeated: a start carries
 * an idempotency key, and a cancel cancels once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CommandError, EXIT, messageOf, say } from '../exit.ts';
import { Refusal } from './refusal.ts';

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ServiceClient {
  readonly url: string;
  /** Started by this command, gone with it. */
  readonly embedded: boolean;
  /** The body as text; a refusal throws. */
  text(call: Call): Promise<string>;
  json(call: Call): Promise<unknown>;
  /** The answer whose body is read as it comes; only the connection is tried again. */
  open(call: Call): Promise<Response>;
}

export interface ClientPlan {
  readonly url: string;
  readonly token: string | undefined;
  readonly embedded: boolean;
  /** For tests; what is right is below. */
  readonly patienceMs?: number;
}

/** Longer than the service holds a call (55 s). */
const CALL_TIMEOUT_MS = 70_000;
/** A rolling restart of the service takes less; a pipeline that waits longer should be told. */
const PATIENCE_MS = 90_000;
/** Nobody ever answered: more likely a wrong address than a restart. */
const FIRST_PATIENCE_MS = 15_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** A proxy may say `Retry-After: 0` for as long as it has no upstream: that must not be a loop without pause. */
const LEAST_PAUSE_MS = 50;
/** What passes by itself: queue full, proxy without upstream, service that starts or stops. */
const PASSING = new Set([429, 502, 503, 504]);

export function createServiceClient(plan: ClientPlan): ServiceClient {
  let reached = false;
  function patience(): number {
    // A child of ours that is gone stays gone.
    if (plan.embedded) return 0;
    return plan.patienceMs ?? (reached ? PATIENCE_MS : FIRST_PATIENCE_MS);
  }

  async function attempt(call: Call, timed: boolean): Promise<Response> {
    const signals = [call.signal, timed ? AbortSignal.timeout(CALL_TIMEOUT_MS) : undefined];
    return fetch(`${plan.url}${call.path}`, {
      method: call.method,
      redirect: 'error',
      headers: {
        ...(plan.token !== undefined && { authorization: `Bearer ${plan.token}` }),
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...call.headers,
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: AbortSignal.any(signals.filter((signal) => signal !== undefined)),
    });
  }

  /** Tries until there is an answer that will not pass by itself. */
  async function patiently<T>(call: Call, read: () => Promise<Tried<T>>): Promise<T> {
    const startMs = performance.now();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const tried = await read();
      if (tried.kind === 'answer') return tried.value;
      if (pauseMs === FIRST_PAUSE_MS && patience() > 0) say(`${tried.error.message}; asking again`);
      const askedMs = Math.max(tried.retryAfterMs ?? pauseMs, LEAST_PAUSE_MS);
      const waitMs = Math.min(askedMs, LONGEST_PAUSE_MS);
      if (performance.now() - startMs + waitMs > patience()) throw tried.error;
      await delay(waitMs, undefined, { ...(call.signal && { signal: call.signal }) });
    }
  }

  async function tryOnce<T>(
    call: Call,
    timed: boolean,
    take: (response: Response) => Promise<T>,
  ): Promise<Tried<T>> {
    try {
      const response = await attempt(call, timed);
      reached = true;
      if (response.ok) return { kind: 'answer', value: await take(response) };
      const refusal = new Refusal(response.status, await response.text());
      if (!PASSING.has(response.status)) throw refusal;
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
      return { kind: 'again', error: refusal, retryAfterMs };
    } catch (error) {
      if (error instanceof Refusal || call.signal?.aborted === true) throw error;
      return { kind: 'again', error: unreachable(plan.url, error), retryAfterMs: undefined };
    }
  }

  const text = (call: Call): Promise<string> =>
    patiently(call, () => tryOnce(call, true, (response) => response.text()));
  return {
    url: plan.url,
    embedded: plan.embedded,
    text,
    json: async (call) => parseAnswer(await text(call)),
    open: (call) => patiently(call, () => tryOnce(call, false, async (response) => response)),
  };
}

type Tried<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | {
      readonly kind: 'again';
      readonly error: CommandError;
      readonly retryAfterMs: number | undefined;
    };

function unreachable(url: string, error: unknown): CommandError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new CommandError(`no answer from ${url}: ${messageOf(cause)}`, EXIT.targetOrService);
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = JSON.stringify(text.slice(0, 80));
    throw new CommandError(`not an answer of Plimsoll: ${start}`, EXIT.targetOrService);
  }
}
