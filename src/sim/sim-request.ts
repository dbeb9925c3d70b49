/** One request inside the simulated server, and the intrusive queue that requests stand in. */

type SimState = 'waiting' | 'prefilling' | 'decoding' | 'ended' | 'cancelled';

export interface SimRequest {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly arrivedMs: number;
  state: SimState;
  prefillLeft: number;
  /** When it got its sequence slot; NaN while it waits. */
  admittedMs: number;
  /** NaN until the step that yields the first token. */
  firstTokenMs: number;
  firstStep: number;
  lastStep: number;
  /** Next in the one list that holds this request. */
  next: SimRequest | undefined;
  /** The owner's own number, such as a row; the server does not read it. */
  tag: number;
}

export function createSimRequest(
  inputTokens: number,
  outputTokens: number,
  arrivedMs: number,
): SimRequest {
  return {
    inputTokens,
    outputTokens,
    arrivedMs,
    state: 'waiting',
    prefillLeft: inputTokens,
    admittedMs: Number.NaN,
    firstTokenMs: Number.NaN,
    firstStep: -1,
    lastStep: -1,
    next: undefined,
    tag: -1,
  };
}

/** What the request reserves in the KV cache from its admission on. */
export function kvTokensOf(request: SimRequest): number {
  return request.inputTokens + request.outputTokens;
}

/** First in, first out. Cancelled requests stay in it until they come to the head. */
export interface RequestQueue {
  head(): SimRequest | undefined;
  push(request: SimRequest): void;
  /** Removes the head. */
  shift(): void;
}

export function createRequestQueue(): RequestQueue {
  let first: SimRequest | undefined;
  let last: SimRequest | undefined;
  return {
    head: () => first,
    push(request) {
      request.next = undefined;
      if (last === undefined) first = request;
      else last.next = request;
      last = request;
    },
    shift() {
      if (first === undefined) return;
      const left = first;
      first = left.next;
      left.next = undefined;
      if (first === undefined) last = undefined;
    },
  };
}
