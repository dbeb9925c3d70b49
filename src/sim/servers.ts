/**
 * Servers to try things on, by name. The first four are those on which the search was developed; the
 * others have other bottlenecks and other faults, so that nothing is tuned to one shape. The numbers
 * are of the order of real servers, not fitted to any one of them.
 */
import { type ServerModel, serverModel } from './server-model.ts';

/** A small dense model on a fast card: decode-bound in chat. */
const fast = serverModel({
  name: 'fast',
  baseMs: 8,
  decodeMs: 0.12,
  prefillMs: 0.05,
  tokenBudget: 2_048,
  maxSeqs: 256,
  kvTokens: 400_000,
});

/** A slow card with small batches: few requests a second, long waits for the first token. */
const slow = serverModel({
  name: 'slow',
  baseMs: 20,
  decodeMs: 1,
  prefillMs: 0.4,
  tokenBudget: 512,
  maxSeqs: 32,
  kvTokens: 60_000,
});

/** Little KV cache for long prompts: requests wait for memory, not for slots. */
const kvBound = serverModel({
  name: 'kv-bound',
  baseMs: 10,
  decodeMs: 0.1,
  prefillMs: 0.05,
  tokenBudget: 4_096,
  maxSeqs: 256,
  kvTokens: 60_000,
});

/** A wall: the 25th request waits for a slot. */
const slots24 = serverModel({ ...fast, name: 'slots-24', maxSeqs: 24 });

/** A large dense model over several cards: slow steps, large batches, contexts that cost to read. */
const dense70b = serverModel({
  name: 'dense-70b',
  baseMs: 22,
  decodeMs: 0.1,
  prefillMs: 0.08,
  contextMs: 0.000_025,
  tokenBudget: 2_048,
  maxSeqs: 256,
  kvTokens: 500_000,
});

/** Experts: the first requests of a batch touch new experts, later ones find them loaded. */
const moe = serverModel({
  name: 'moe',
  baseMs: 6,
  decodeMs: 1.1,
  decodePower: 0.55,
  prefillMs: 0.02,
  tokenBudget: 8_192,
  maxSeqs: 512,
  kvTokens: 1_200_000,
});

/** Long documents: prefill takes nearly all of the steps. */
const longContext = serverModel({
  name: 'long-context',
  baseMs: 12,
  decodeMs: 0.15,
  prefillMs: 0.06,
  contextMs: 0.000_04,
  tokenBudget: 8_192,
  maxSeqs: 128,
  kvTokens: 1_000_000,
});

/** A small model on a few CPU cores: four slots, every token costs. */
const edgeCpu = serverModel({
  name: 'edge-cpu',
  baseMs: 35,
  decodeMs: 9,
  prefillMs: 4,
  noiseRatio: 0.08,
  tokenBudget: 128,
  maxSeqs: 4,
  kvTokens: 8_192,
});

/** Takes 64 and lets 16 more wait; the others get a 429 at once. */
const admission429 = serverModel({
  ...fast,
  name: 'admission-429',
  maxSeqs: 64,
  admission: { maxWaiting: 16, status: 429, retryAfterS: 1 },
});

/** Stands still for 0.6 s about every 20 s, as with garbage collection or a checkpoint. */
const stalling = serverModel({
  ...fast,
  name: 'stalling',
  stalls: { everyMs: 20_000, lengthMs: 600 },
});

/** Needs a minute to become warm. */
const coldStarting = serverModel({
  ...fast,
  name: 'cold-starting',
  coldStart: { durationMs: 60_000, factor: 2.5 },
});

/** Stays slow after an overload until it is nearly empty. */
const bistable = serverModel({
  ...slots24,
  name: 'bistable',
  thrash: { enterWaiting: 12, leaveInFlight: 8, factor: 1.6 },
});

/** Answers one request in 200 with a 500. */
const flaky = serverModel({ ...fast, name: 'flaky', errorRatio: 0.005 });

/**
 * For the demo: little work a token and few slots, so that two cores carry the server and its client,
 * and a wait for a slot that grows with every stream, so that the answer is sharp.
 */
const demo = serverModel({
  name: 'demo',
  baseMs: 7,
  decodeMs: 0.1,
  prefillMs: 0.01,
  tokenBudget: 1_024,
  maxSeqs: 14,
  kvTokens: 32_768,
});

/** Remembers beginnings: prompts that share one, and the turns of a conversation, cost only what is new. */
const cached = serverModel({ ...fast, name: 'cached', prefixCacheTokens: 200_000 });

export const SERVERS = {
  fast,
  slow,
  kvBound,
  slots24,
  dense70b,
  moe,
  longContext,
  edgeCpu,
  admission429,
  stalling,
  coldStarting,
  bistable,
  flaky,
  cached,
  demo,
} as const satisfies Record<string, ServerModel>;

/** The same server, `factor` times slower from `fromMs` on. */
export function slowedFrom(model: ServerModel, fromMs: number, factor: number): ServerModel {
  return { ...model, name: `${model.name}, slower`, slowdown: [{ fromMs, factor }] };
}
