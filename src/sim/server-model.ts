/**
 * The numbers that make one simulated inference server: what a step costs, what fits into it, and
 * what goes wrong with it. Plain data; `engine.ts` is the machine that runs on them.
 *
 * Step time = (baseMs + decodeMs · decoding^decodePower + prefillMs · prefill tokens + contextMs ·
 * tokens resident in the KV cache) × (1 + noiseRatio · z), z standard normal; times what
 * `step-clock.ts` adds for drift, cold start, thrashing and stalls; at least `MIN_STEP_MS`.
 */
import { assert } from '../core/base/result.ts';

export interface ServerModel {
  readonly name: string;
  readonly baseMs: number;
  readonly decodeMs: number;
  readonly prefillMs: number;
  /** 1: each running request adds the same (dense); below 1: later ones share work (experts). */
  readonly decodePower: number;
  /** Reading the KV cache of long contexts, ms a token and step. */
  readonly contextMs: number;
  readonly noiseRatio: number;
  /** Tokens in one step, those being decoded included (vLLM: max_num_batched_tokens). */
  readonly tokenBudget: number;
  readonly maxSeqs: number;
  readonly kvTokens: number;
  /** Tokens that the prefix cache keeps, beside those in use; absent: nothing is ever found again. */
  readonly prefixCacheTokens?: number;
  /** Largest input + output that is taken at all: others get a 400. */
  readonly maxModelLen: number;
  /** Requests that wait beyond this get `status` at once. */
  readonly admission?: {
    readonly maxWaiting: number;
    readonly status: 429 | 503;
    readonly retryAfterS?: number;
  };
  /** The step time is multiplied by the factor of the last entry at or before now, in order. */
  readonly slowdown?: readonly { readonly fromMs: number; readonly factor: number }[];
  /** Begins `factor` times slower and reaches normal speed linearly after `durationMs`. */
  readonly coldStart?: { readonly durationMs: number; readonly factor: number };
  /**
   * Bistable: more than `enterWaiting` waiting requests make every step `factor` times slower until
   * no more than `leaveInFlight` are left in it (cache thrash, retries), so an overload outlives its
   * cause.
   */
  readonly thrash?: {
    readonly enterWaiting: number;
    readonly leaveInFlight: number;
    readonly factor: number;
  };
  /** Stands still for `lengthMs` about every `everyMs` (garbage collection, checkpoints). */
  readonly stalls?: { readonly everyMs: number; readonly lengthMs: number };
  /** Every request in flight is cut at this time and no other is taken. */
  readonly diesAtMs?: number;
  /** Share of requests that get a 500 at once. */
  readonly errorRatio?: number;
}

/** Shorter steps would be below what any scheduler does. */
export const MIN_STEP_MS = 0.5;
/** Spread of step times as measured on real servers at one batch size: a few percent. */
const NOISE_RATIO = 0.03;
/** No server of ours takes longer requests unless it says so. */
const MAX_MODEL_LEN = 131_072;

export type ServerNumbers = Pick<
  ServerModel,
  'name' | 'baseMs' | 'decodeMs' | 'prefillMs' | 'tokenBudget' | 'maxSeqs' | 'kvTokens'
> &
  Partial<ServerModel>;

/** Fills in what is usual and throws on numbers with which a server could stand still. */
export function serverModel(numbers: ServerNumbers): ServerModel {
  const model: ServerModel = {
    decodePower: 1,
    contextMs: 0,
    noiseRatio: NOISE_RATIO,
    maxModelLen: Math.min(MAX_MODEL_LEN, numbers.kvTokens),
    ...numbers,
  };
  assert(model.maxSeqs >= 1, `${model.name}: no sequence slot`);
  assert(
    model.tokenBudget > model.maxSeqs,
    `${model.name}: decoding would leave no prefill budget`,
  );
  assert(
    model.maxModelLen <= model.kvTokens,
    `${model.name}: a request could never fit the KV cache`,
  );
  return model;
}
