/** Every limit and delay of the HTTP room that a caller can meet, with its reason. */

/** Proxies cut at 60 s (nginx, ALB), so a held call must answer before that. */
export const MAX_WAIT_SECONDS = 55;
/** Held calls at once; above it a call is answered as it stands instead of being held. */
export const MAX_WAITERS = 1_000;
/** Open event streams; each costs a subscription and a timer. */
export const MAX_EVENT_STREAMS = 2_000;
/** Downloads of raw requests at once; each decodes one probe's records at a time. */
export const MAX_DOWNLOADS = 16;
/** A gate that nobody asks about for so long is ended: its rollout was given up. Two held polls fit in. */
export const GATE_LEASE_SECONDS = 120;
/** Callers of hooks repeat them at the interval of their analysis: two of five minutes fit in. */
export const HOOK_LEASE_SECONDS = 600;
/** Searches judged again at once: each walks all records of a search, a burst at a time. */
export const MAX_REJUDGES = 2;
/** Longest idempotency key. */
export const MAX_KEY_LENGTH = 255;
/** Events in one page of JSON, and read from the store at once for a stream. */
export const EVENT_PAGE = 200;
export const LIST_DEFAULT = 20;
export const LIST_MAX = 100;

export interface StreamTiming {
  /** A comment line this often keeps proxies and half-open connections honest. */
  readonly heartbeatMs: number;
  /** A reader that takes nothing for this long is cut. */
  readonly stallMs: number;
  /** How long an EventSource waits before it connects again. */
  readonly retryMs: number;
}

export const STREAM_TIMING: StreamTiming = { heartbeatMs: 15_000, stallMs: 20_000, retryMs: 2_000 };
