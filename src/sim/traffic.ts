/**
 * A client and a server in virtual time: sends what is due, steps the server, tells a sink what
 * became of each request. Both the measured bursts (`virtual-session.ts`) and the long runs that give
 * the truth (`steady-state.ts`) run on it, so they see the very same traffic.
 */
import type { Axis } from '../core/base/axis.ts';
import type { Random } from '../core/base/random.ts';
import { type RequestShape, shapeOfTurn } from '../core/workload/conversation.ts';
import { createConversations } from '../core/workload/conversations.ts';
import type { WorkloadSpec } from '../core/workload/spec.ts';
import { createEngine, type Engine, type Refusal } from './engine.ts';
import { createSender, type Sender } from './sender.ts';
import type { ServerModel } from './server-model.ts';
import type { SimRequest } from './sim-request.ts';

export interface TrafficPlan {
  readonly server: ServerModel;
  readonly workload: WorkloadSpec;
  readonly axis: Axis;
}

/** What the owner of the traffic does with it. */
export interface TrafficSink {
  /** Sent; `request.tag` is the sink's to set. */
  sent(request: SimRequest): void;
  firstToken(request: SimRequest, atMs: number): void;
  finished(request: SimRequest, atMs: number): void;
  /** The server died with the request in it. */
  lost(request: SimRequest, atMs: number): void;
  /** Refused at once: sent at `atMs`, the answer is there at `endMs`. */
  refused(shape: RequestShape, atMs: number, endMs: number, refusal: Refusal): void;
  /** A server step was made, before anything of it is told: its number and its duration. */
  stepped(step: number, stepMs: number): void;
}

export interface Traffic {
  readonly engine: Engine;
  readonly sender: Sender;
  /** One server step, or a skip of idle time up to `untilMs`; then sends all that is due. */
  advance(untilMs: number): void;
  /** Gives up a request in flight; its client acts on. */
  cancel(request: SimRequest): void;
}

/** Until the client has a refusal in its hands: a round trip and the server's check. */
const REFUSAL_MS = 2;
/**
 * A closed-loop client whose request was refused or cut pauses before its next one: without a pause
 * it would send hundreds of requests a second into a server that is full. The same as the load
 * generator's, so that the twin sends what the real one would.
 */
const FAILURE_PAUSE_MS = 100;

export function createTraffic(plan: TrafficPlan, random: Random, sink: TrafficSink): Traffic {
  const engine = createEngine(plan.server, random.fork('server'));
  const conversations = createConversations(plan.workload, random.fork('shapes'));
  const sender = createSender(plan.axis, plan.workload.arrivals, random.fork('arrivals'));

  function sendDue(nowMs: number): void {
    for (let atMs = sender.nextMs(); atMs <= nowMs; atMs = sender.nextMs()) {
      sender.take();
      const shape = shapeOfTurn(conversations.next(), 0);
      const taken = engine.submit(shape.inputTokens, shape.outputTokens, atMs);
      if (typeof taken === 'string') {
        sink.refused(shape, atMs, atMs + REFUSAL_MS, taken);
        sender.ended(atMs + REFUSAL_MS + FAILURE_PAUSE_MS);
      } else {
        sink.sent(taken);
      }
    }
  }

  function stepServer(): void {
    const { firstTokens, finished, lost } = engine.step();
    const { nowMs, steps, lastStepMs } = engine.state;
    sink.stepped(steps, lastStepMs);
    for (const request of firstTokens) sink.firstToken(request, nowMs);
    for (const request of finished) {
      sink.finished(request, nowMs);
      sender.ended(nowMs);
    }
    for (const request of lost) {
      sink.lost(request, nowMs);
      sender.ended(nowMs + FAILURE_PAUSE_MS);
    }
  }

  return {
    engine,
    sender,
    advance(untilMs) {
      if (engine.isIdle()) engine.skipTo(Math.min(untilMs, sender.nextMs()));
      else stepServer();
      sendDue(engine.state.nowMs);
    },
    cancel(request) {
      engine.cancel(request);
      sender.ended(engine.state.nowMs);
    },
  };
}
