/** Why somebody ends a run from outside. It travels as the reason of the run's abort signal. */
export type Stop =
  | { readonly kind: 'cancelled'; readonly reason?: 'kill_switch' }
  | { readonly kind: 'expired'; readonly reason: 'lease_expired' | 'deadline_reached' }
  /** The process ends; the search stays as it is in the store and is carried on at the next start. */
  | { readonly kind: 'shutdown' };

export class StopRequest extends Error {
  override readonly name = 'StopRequest';
  readonly stop: Stop;
  constructor(stop: Stop) {
    super(stop.kind);
    this.stop = stop;
  }
}

/** The stop behind an aborted signal; undefined while nobody asked for one. */
export function stopOf(signal: AbortSignal): Stop | undefined {
  return signal.aborted && signal.reason instanceof StopRequest ? signal.reason.stop : undefined;
}

/** The promise, or a rejection with the signal's reason as soon as it is aborted. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
    // The loser of the race must not become an unhandled rejection.
    promise.catch(() => {});
  }
}
