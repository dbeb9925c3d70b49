/** One request inside the simulated server, and the intrusive queue that requests stand in. */

import type { Dialogue } from '../core/workload/dialogue.ts';
import type { PromptKeys } from './prefix-cache.ts';

/** What is known of a request beside its lengths. */
export interface RequestOrigin {
  readonly part?: number;
  readonly prompt?: PromptKeys;
}

type SimState = 'waiting' | 'prefilling' | 'decoding' | 'ended' | 'cancelled';

export interface SimRequest {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly arrivedMs: number;
  /** What the prefix cache knows it by; absent where there is no cache. */
  readonly prompt: PromptKeys | undefined;
  /** Index of the workload's part; the server does not read it. */
  readonly part: number;
  /** Prompt tokens that the prefix cache held when it was admitted. */
  cachedTokens: number;
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
  /** The conversation that it is a turn of, as far as its client has one. */
  dialogue: Dialogue | undefined;
  /** The owner's own number, such as a row; the server does not read it. */
  tag: number;
}

export function createSimRequest(
  inputTokens: number,
  outputTokens: number,
  arrivedMs: number,
  origin: RequestOrigin = {},
): SimRequest {
  return {
    inputTokens,
    outputTokens,
    arrivedMs,
    prompt: origin.prompt,
    part: origin.part ?? 0,
    cachedTokens: 0,
    dialogue: undefined,
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
