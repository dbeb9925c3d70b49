/**
 * The simulated server itself: continuous batching as a deterministic machine that knows no clock.
 * The driver submits requests, asks for one step after another, and is told what each step yielded.
 * A step costs O(1) however large the batch is; idle time is skipped, not stepped through.
 *
 * One step: admit in order while a sequence slot is free and input + output fit the KV cache; prefill
 * first come first served within the token budget less the decoding requests; every decoding request
 * yields a token, and so does each prefill that ends in this step.
 */
import type { Random } from '../core/base/random.ts';
import { createFinishCalendar, type FinishCalendar } from './finish-calendar.ts';
import { createPrefixCache, type PrefixCache } from './prefix-cache.ts';
import type { ServerModel } from './server-model.ts';
import {
  createRequestQueue,
  createSimRequest,
  kvTokensOf,
  type RequestOrigin,
  type RequestQueue,
  type SimRequest,
} from './sim-request.ts';
import { createStepClock, type StepClock } from './step-clock.ts';

/** Why a request is not taken: admission limit, too long for the model, failed at once, server gone. */
export type Refusal = 'overloaded' | 'too_long' | 'failed' | 'gone';

/** Valid until the next call of `step`. */
export interface StepResult {
  /** Requests whose first token came with this step. */
  readonly firstTokens: readonly SimRequest[];
  /** Requests whose last token came with this step. */
  readonly finished: readonly SimRequest[];
  /** Requests cut because the server died. */
  readonly lost: readonly SimRequest[];
}

interface EngineState {
  /** End of the last step and start of the next one. */
  nowMs: number;
  /** Steps made; the number of the last one. */
  steps: number;
  lastStepMs: number;
  waiting: number;
  /** In a sequence slot, prefilling or decoding. */
  running: number;
  decoding: number;
  kvReserved: number;
  /** Tokens really in the KV cache: prefilled and generated. */
  kvResident: number;
  promptTokens: number;
  generatedTokens: number;
}

export interface Engine {
  readonly model: ServerModel;
  readonly state: Readonly<EngineState>;
  submit(
    inputTokens: number,
    outputTokens: number,
    atMs: number,
    origin?: RequestOrigin,
  ): SimRequest | Refusal;
  /** Empties the prefix cache; false, and nothing done, while any request is in the server. */
  resetCache(): boolean;
  /** The client went away: frees the slot and the KV cache at once. */
  cancel(request: SimRequest): void;
  isIdle(): boolean;
  /** Moves the time of an idle server. */
  skipTo(ms: number): void;
  step(): StepResult;
}

/** A queue without a limit would hide a driver that never stops sending. */
const MAX_WAITING = 1_000_000;

interface Machine {
  readonly model: ServerModel;
  readonly state: EngineState;
  readonly waiting: RequestQueue;
  readonly prefilling: RequestQueue;
  readonly calendar: FinishCalendar;
  readonly cache: PrefixCache | undefined;
  readonly result: {
    readonly firstTokens: SimRequest[];
    readonly finished: SimRequest[];
    readonly lost: SimRequest[];
  };
}

export function createEngine(model: ServerModel, random: Random): Engine {
  const clock = createStepClock(model, random.fork('steps'));
  const failures = random.fork('failures');
  const machine = createMachine(model);
  const { state, waiting, result } = machine;
  const maxWaiting = model.admission?.maxWaiting ?? MAX_WAITING;
  const diesAtMs = model.diesAtMs ?? Number.POSITIVE_INFINITY;
  const errorRatio = model.errorRatio ?? 0;
  return {
    model,
    state,
    submit(inputTokens, outputTokens, atMs, origin) {
      if (atMs >= diesAtMs) return 'gone';
      if (inputTokens + outputTokens > model.maxModelLen) return 'too_long';
      if (errorRatio > 0 && failures.next() < errorRatio) return 'failed';
      if (state.waiting >= maxWaiting) return 'overloaded';
      const request = createSimRequest(inputTokens, outputTokens, atMs, origin);
      waiting.push(request);
      state.waiting += 1;
      return request;
    },
    cancel: (request) => drop(machine, request),
    resetCache() {
      if (state.running + state.waiting > 0) return false;
      machine.cache?.clear();
      return true;
    },
    isIdle: () => state.running + state.waiting === 0,
    skipTo(ms) {
      state.nowMs = Math.max(state.nowMs, ms);
    },
    step() {
      result.firstTokens.length = 0;
      result.finished.length = 0;
      result.lost.length = 0;
      if (state.nowMs >= diesAtMs) die(machine);
      else runStep(machine, clock);
      return result;
    },
  };
}

function createMachine(model: ServerModel): Machine {
  return {
    model,
    waiting: createRequestQueue(),
    prefilling: createRequestQueue(),
    calendar: createFinishCalendar(),
    cache:
      model.prefixCacheTokens === undefined
        ? undefined
        : createPrefixCache(model.prefixCacheTokens),
    result: { firstTokens: [], finished: [], lost: [] },
    state: {
      nowMs: 0,
      steps: 0,
      lastStepMs: 0,
      waiting: 0,
      running: 0,
      decoding: 0,
      kvReserved: 0,
      kvResident: 0,
      promptTokens: 0,
      generatedTokens: 0,
    },
  };
}

function runStep(machine: Machine, clock: StepClock): void {
  const { model, state, result } = machine;
  admit(machine);
  const { decoding } = state;
  const prefillTokens = prefill(machine, model.tokenBudget - decoding);
  const durationMs = clock.durationMs({
    startMs: state.nowMs,
    decoding,
    prefillTokens,
    residentTokens: state.kvResident,
    waiting: state.waiting,
    inFlight: state.running + state.waiting,
  });
  const generated = decoding + result.firstTokens.length;
  state.nowMs += durationMs;
  state.lastStepMs = durationMs;
  state.steps += 1;
  state.promptTokens += prefillTokens;
  state.generatedTokens += generated;
  state.kvResident += prefillTokens + generated;
  startDecoding(machine);
  endDecoding(machine);
}

function admit({ model, state, waiting, prefilling, cache }: Machine): void {
  for (let next = waiting.head(); next !== undefined; next = waiting.head()) {
    if (next.state === 'cancelled') {
      waiting.shift();
      continue;
    }
    const kvTokens = kvTokensOf(next);
    if (state.running >= model.maxSeqs || state.kvReserved + kvTokens > model.kvTokens) return;
    waiting.shift();
    next.state = 'prefilling';
    next.admittedMs = state.nowMs;
    if (cache !== undefined && next.prompt !== undefined) {
      next.cachedTokens = cache.match(next.prompt, next.inputTokens);
      next.prefillLeft -= next.cachedTokens;
      state.kvResident += next.cachedTokens;
    }
    prefilling.push(next);
    state.waiting -= 1;
    state.running += 1;
    state.kvReserved += kvTokens;
  }
}

/** Puts prefill tokens into the step and counts them; those it completes go to `firstTokens`. */
function prefill({ prefilling, result }: Machine, budget: number): number {
  let left = budget;
  while (left > 0) {
    const next = prefilling.head();
    if (next === undefined) break;
    if (next.state === 'cancelled') {
      prefilling.shift();
      continue;
    }
    const tokens = Math.min(left, next.prefillLeft);
    next.prefillLeft -= tokens;
    left -= tokens;
    if (next.prefillLeft > 0) break;
    prefilling.shift();
    result.firstTokens.push(next);
  }
  return budget - left;
}

function startDecoding(machine: Machine): void {
  const { state, calendar, cache, result } = machine;
  for (const request of result.firstTokens) {
    if (request.prompt !== undefined) cache?.keep(request.prompt, request.inputTokens);
    request.firstTokenMs = state.nowMs;
    request.firstStep = state.steps;
    request.lastStep = state.steps + request.outputTokens - 1;
    if (request.outputTokens === 1) {
      finish(machine, request);
    } else {
      request.state = 'decoding';
      state.decoding += 1;
      calendar.add(request, state.steps);
    }
  }
}

function endDecoding(machine: Machine): void {
  const { state, calendar } = machine;
  for (let request = calendar.take(state.steps); request !== undefined; ) {
    const next = request.next;
    request.next = undefined;
    if (request.state === 'decoding') {
      state.decoding -= 1;
      finish(machine, request);
    }
    request = next;
  }
}

function finish({ state, cache, result }: Machine, request: SimRequest): void {
  if (request.prompt !== undefined) cache?.keep(request.prompt, kvTokensOf(request));
  release(state, request, kvTokensOf(request));
  request.state = 'ended';
  result.finished.push(request);
}

function release(state: EngineState, request: SimRequest, residentTokens: number): void {
  state.running -= 1;
  state.kvReserved -= kvTokensOf(request);
  state.kvResident -= residentTokens;
}

/** Takes a request out of the sums; the list that holds it lets it go when it comes to it. */
function drop({ state }: Machine, request: SimRequest): void {
  if (request.state === 'ended' || request.state === 'cancelled') return;
  if (request.state === 'waiting') {
    state.waiting -= 1;
  } else if (request.state === 'prefilling') {
    release(state, request, request.inputTokens - request.prefillLeft);
  } else {
    state.decoding -= 1;
    release(state, request, request.inputTokens + state.steps - request.firstStep + 1);
  }
  request.state = 'cancelled';
}

function die(machine: Machine): void {
  const held = machine.calendar.all();
  for (const queue of [machine.waiting, machine.prefilling]) {
    for (let r = queue.head(); r !== undefined; r = queue.head()) {
      queue.shift();
      held.push(r);
    }
  }
  for (const request of held) {
    if (request.state === 'ended' || request.state === 'cancelled') continue;
    drop(machine, request);
    machine.result.lost.push(request);
  }
}
