/**
 * A client and a server in virtual time: sends what is due, steps the server, tells a sink what
 * became of each request. Both the measured bursts (`virtual-session.ts`) and the long runs that give
 * the truth (`steady-state.ts`) run on it, so they see the very same traffic.
 */
import type { Axis } from '../core/base/axis.ts';
import type { Random } from '../core/base/random.ts';
import type { ConversationSource, RequestShape } from '../core/workload/conversation.ts';
import { createConversations } from '../core/workload/conversations.ts';
import {
  advance,
  beginDialogue,
  type Dialogue,
  hasNextTurn,
  shapeOf,
  turnOf,
} from '../core/workload/dialogue.ts';
import { partsOf } from '../core/workload/parts.ts';
import type { RequestSpec, WorkloadSpec } from '../core/workload/spec.ts';
import { createEngine, type Engine, type Refusal } from './engine.ts';
import { type PromptKeys, pieceKeys } from './prefix-cache.ts';
import { createSender, type Sender } from './sender.ts';
import type { ServerModel } from './server-model.ts';
import type { SimRequest } from './sim-request.ts';

export interface TrafficPlan {
  readonly server: ServerModel;
  readonly workload: WorkloadSpec;
  readonly axis: Axis;
  /** Conversations of the parts whose data is read, by index of the part. */
  readonly files?: ReadonlyMap<number, ConversationSource>;
  /** Times of the workload's file, for arrivals that follow it. */
  readonly recordedMs?: ArrayLike<number>;
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

/** The shared beginning, then what only this conversation says. Its keys grow with it. */
function createPromptKeys(): (dialogue: Dialogue) => PromptKeys {
  const known = new WeakMap<Dialogue, PromptKeys>();
  let begun = 0;
  return (dialogue) => {
    const before = known.get(dialogue);
    if (before !== undefined) return before;
    const own = { key: `own-${begun}`, tokens: Number.POSITIVE_INFINITY };
    begun += 1;
    const keys = pieceKeys([...dialogue.conversation.shared, own]);
    known.set(dialogue, keys);
    return keys;
  };
}

type Lengths = Pick<RequestShape, 'inputTokens' | 'outputTokens'>;

/** What a request is to the server: texts that are answered in one piece are read, and no more. */
function workOf({ endpoint, documents = 1 }: RequestSpec): (shape: Lengths) => Lengths {
  if (endpoint !== 'embeddings' && endpoint !== 'rerank') return (shape) => shape;
  return ({ inputTokens }) => ({ inputTokens: inputTokens * documents, outputTokens: 1 });
}

export function createTraffic(plan: TrafficPlan, random: Random, sink: TrafficSink): Traffic {
  const engine = createEngine(plan.server, random.fork('server'));
  const conversations = createConversations(plan.workload, random.fork('shapes'), plan.files);
  const works = partsOf(plan.workload).map(({ request }) => workOf(request));
  const sender = createSender(plan.axis, plan.workload, random.fork('arrivals'), plan.recordedMs);

  const promptOf = plan.server.prefixCacheTokens === undefined ? undefined : createPromptKeys();

  function sendDue(nowMs: number): void {
    for (let atMs = sender.nextMs(); atMs <= nowMs; atMs = sender.nextMs()) {
      const dialogue = sender.take() ?? beginDialogue(conversations.next());
      const shape = shapeOf(dialogue);
      const { part } = shape;
      const { inputTokens, outputTokens } = works[part]?.(shape) ?? shape;
      const prompt = promptOf?.(dialogue);
      const origin = { part, ...(prompt !== undefined && { prompt }) };
      const taken = engine.submit(inputTokens, outputTokens, atMs, origin);
      if (typeof taken === 'string') {
        sink.refused(shape, atMs, atMs + REFUSAL_MS, taken);
        sender.ended(atMs + REFUSAL_MS + FAILURE_PAUSE_MS);
      } else {
        taken.dialogue = dialogue;
        sink.sent(taken);
      }
    }
  }

  /** Its user thinks, and then asks the next turn or begins another conversation. */
  function answered({ dialogue, outputTokens }: SimRequest, nowMs: number): void {
    const freeMs = nowMs + (dialogue === undefined ? 0 : turnOf(dialogue).thinkMs);
    if (dialogue === undefined || !hasNextTurn(dialogue)) sender.ended(freeMs);
    else {
      advance(dialogue, outputTokens);
      sender.ended(freeMs, dialogue);
    }
  }

  function stepServer(): void {
    const { firstTokens, finished, lost } = engine.step();
    const { nowMs, steps, lastStepMs } = engine.state;
    sink.stepped(steps, lastStepMs);
    for (const request of firstTokens) sink.firstToken(request, nowMs);
    for (const request of finished) {
      sink.finished(request, nowMs);
      answered(request, nowMs);
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
