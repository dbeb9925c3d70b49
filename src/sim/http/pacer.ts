/**
 * Runs the engine in real time: one timer per step, whatever the number of streams. A step is computed
 * when it begins and told when it is over. Steps follow each other in the engine's own time, so the
 * millisecond grain of timers never adds up.
 */
import type { Engine, Refusal, StepResult } from '../engine.ts';
import type { RequestOrigin, SimRequest } from '../sim-request.ts';

/** Told what becomes of one request, at the real time of it. */
export interface RequestListener {
  firstToken(request: SimRequest): void;
  /** One more token, neither the first nor the last. */
  token(request: SimRequest): void;
  /** The last token came (for an answer of one token: just after `firstToken`). */
  finished(request: SimRequest): void;
  lost(): void;
}

export interface Pacer {
  submit(
    inputTokens: number,
    outputTokens: number,
    listener: RequestListener,
    origin?: RequestOrigin,
  ): SimRequest | Refusal;
  cancel(request: SimRequest): void;
  inFlight(): number;
  stop(): void;
}

/**
 * How far the engine may be behind real time and catch up, so that late timers cost no throughput.
 * Further behind (the process was stopped or starved), the pause is a pause for its requests too.
 */
const MAX_LAG_MS = 50;

/** A timer takes a millisecond at least: what is due sooner is due now. */
const SHORTEST_TIMER_MS = 0.5;

/** `onStep` is called once per step, before the requests are told. `speed` 2: twice real time. */
export function createPacer(
  engine: Engine,
  speed: number,
  onStep: (result: StepResult) => void,
): Pacer {
  const listeners = new Map<SimRequest, RequestListener>();
  const origin = { realMs: performance.now(), engineMs: engine.state.nowMs };
  let timer: NodeJS.Timeout | undefined;
  let starting: NodeJS.Immediate | undefined;
  let stopped = false;

  const engineNowMs = (): number => origin.engineMs + (performance.now() - origin.realMs) * speed;

  function begin(): void {
    starting = undefined;
    if (stopped) return;
    if (engine.isIdle()) return;
    const lagMs = (engineNowMs() - engine.state.nowMs) / speed;
    if (lagMs > MAX_LAG_MS) origin.realMs += lagMs;
    const result = engine.step();
    const endMs = engine.state.nowMs;
    const waitMs = (endMs - engineNowMs()) / speed;
    const over = (): void => {
      timer = undefined;
      starting = undefined;
      if (stopped) return;
      tell(result);
      begin();
    };
    if (waitMs < SHORTEST_TIMER_MS) starting = setImmediate(over);
    else timer = setTimeout(over, Math.round(waitMs));
  }

  function tell(result: StepResult): void {
    onStep(result);
    const { firstTokens, finished, lost } = result;
    const { steps } = engine.state;
    for (const [request, listener] of listeners) {
      if (request.state === 'decoding' && request.firstStep < steps) listener.token(request);
    }
    for (const request of firstTokens) listeners.get(request)?.firstToken(request);
    for (const request of finished) {
      const listener = listeners.get(request);
      listeners.delete(request);
      listener?.finished(request);
    }
    for (const request of lost) {
      const listener = listeners.get(request);
      listeners.delete(request);
      listener?.lost();
    }
  }

  return {
    submit(inputTokens, outputTokens, listener, origin) {
      const between = timer === undefined && starting === undefined;
      if (between && engine.isIdle()) engine.skipTo(engineNowMs());
      // A request is in the next step, so it came no later than that begins, even when the engine lags.
      const atMs = Math.min(engineNowMs(), engine.state.nowMs);
      const taken = engine.submit(inputTokens, outputTokens, atMs, origin);
      if (typeof taken === 'string') return taken;
      listeners.set(taken, listener);
      // Everything that arrives in this turn of the loop is in the first step.
      if (between) starting = setImmediate(begin);
      return taken;
    },
    cancel(request) {
      listeners.delete(request);
      engine.cancel(request);
    },
    inFlight: () => listeners.size,
    stop() {
      stopped = true;
      clearTimeout(timer);
      clearImmediate(starting);
    },
  };
}
