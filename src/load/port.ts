/**
 * The port through which the service drives load. One session per search: it keeps connections and
 * running requests between bursts, so that a change of load is a hot transition. The real one runs
 * generator processes (`local-load.ts`); the tests and the bench use the simulated server's
 * virtual-time twin, which has the same shape without promises.
 */
import type { Axis } from '../core/base/axis.ts';
import type { BurstSnapshot } from '../core/metrics/burst-snapshot.ts';
import type { BurstPlan, Look } from '../core/workload/burst-plan.ts';
import type { PromptCalibration } from '../core/workload/prompts.ts';
import type { RowSample } from '../core/workload/readers/row-sample.ts';
import type { WorkloadSpec } from '../core/workload/spec.ts';

/** Where and how to send; everything is resolved and allowed before it comes here. */
export interface LoadTarget {
  /** `http://127.0.0.1:8000/v1`, no trailing slash. */
  readonly baseUrl: string;
  /** The address that the host name was resolved to and checked; connections go only there. */
  readonly pinnedAddress: string;
  readonly model: string;
  readonly dialect: string;
  /** Sent with every request; credentials already resolved. Never logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** What our words cost in its tokens, as `checkTarget` measured it; absent: one token a word. */
  readonly prompts?: PromptCalibration;
  /** The same of parts with an endpoint, a model or turns of their own, by index; absent: `prompts`. */
  readonly partPrompts?: Readonly<Record<number, PromptCalibration>>;
  /** Who counts the tokens of its answers; absent: its usage. */
  readonly outputCounting?: OutputCounting;
  /** Counts where the target does not. */
  readonly tokenizer?: TokenizerPlace;
}

/** `chunks`: a chunk is taken for a token, because nobody tells. */
export type OutputCounting = 'usage' | 'tokenizer' | 'chunks';

/** A `tokenizer.json` below the operator's folder of data files. */
export interface TokenizerPlace {
  readonly folder: string;
  readonly path: string;
}

/** What was read of a data file, for the part of the workload that is made of it. */
export interface LoadFile {
  readonly sample: RowSample;
  readonly blockTokens: number;
  readonly ordered: boolean;
  /** Of the file's texts, where a row does not know its length. */
  readonly tokensPerChar: number;
}

export interface LoadLimits {
  readonly connectTimeoutMs: number;
  readonly firstTokenTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly maxInFlight: number;
  /** Requests that the whole session may send. */
  readonly maxRequests: number;
}

export interface SessionPlan {
  readonly searchId: string;
  readonly target: LoadTarget;
  readonly workload: WorkloadSpec;
  readonly axis: Axis;
  /** Text or number; arrivals, lengths and prompts all fork from it. */
  readonly seed: number | string;
  readonly limits: LoadLimits;
  readonly generators: number;
  /**
   * Names this opening among those of one search: a session that is opened again draws from streams
   * of its own, so that nothing is sent twice. Absent: the first.
   */
  readonly opening?: string;
  /** By index of the part; absent: no part is read from a file. */
  readonly files?: ReadonlyMap<number, LoadFile>;
}

export interface LoadSession {
  /**
   * Moves to the load of the plan and measures until `onLook` says `end` or the window is over. The
   * load goes on afterwards, until the next burst or `close`. Resolves with the last snapshot.
   * Rejects with `LoadLost` when a generator died, with the signal's reason when aborted.
   */
  burst(
    plan: BurstPlan,
    onLook: (snapshot: BurstSnapshot) => Look,
    signal: AbortSignal,
  ): Promise<BurstSnapshot>;
  /**
   * Lets the load run out: nothing more is sent, and it resolves when nothing is in flight, or rejects
   * with `LoadLost` when that takes too long. Absent: the session cannot, and is to be closed instead.
   */
  drain?(signal: AbortSignal): Promise<void>;
  /** Aborts every request in flight and closes the sockets; all load has stopped when it resolves. */
  close(): Promise<void>;
}

export interface LoadPort {
  open(plan: SessionPlan, signal: AbortSignal): Promise<LoadSession>;
}

/** A generator process ended or stopped answering: the burst is spoilt and may be tried again. */
export class LoadLost extends Error {
  override readonly name = 'LoadLost';
}
