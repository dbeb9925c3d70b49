/**
 * The port "where bursts run". The runner knows searches and probes; an engine knows machines. One
 * engine runs all bursts of a service; what it can bear at once is its own to say.
 */
import type { Result } from '../../core/base/result.ts';
import type { Question } from '../../core/policy/question.ts';
import type { PromptPlace } from '../../core/workload/prompts.ts';
import type { DataProvenance } from '../../core/workload/readers/data-provenance.ts';
import type { CacheResetRoute, EndpointKind } from '../../core/workload/spec.ts';
import type {
  LoadFile,
  LoadSession,
  LoadTarget,
  OutputCounting,
  SessionPlan,
} from '../../load/port.ts';

export type { LoadLimits, LoadSession, LoadTarget, SessionPlan } from '../../load/port.ts';
export { LoadLost } from '../../load/port.ts';

/** A target as the question names it, resolved and allowed; the model may still be unknown. */
export interface TargetCandidate extends Omit<LoadTarget, 'model'> {
  /** Absent: asked of the target, which must name exactly one. */
  readonly model?: string;
  /** What the workload will call. */
  readonly endpoint: EndpointKind;
  /** What the workload will put before its prompts. */
  readonly place: PromptPlace;
}

/** What the target is, once it has answered. */
export interface TargetFacts {
  readonly model: string;
  readonly dialect: string;
  /** As far as it says: server, version, limits. */
  readonly info: Readonly<Record<string, string>>;
  /** Tokens that one request may hold, input and output together. */
  readonly maxModelLen?: number;
  readonly prompts?: LoadTarget['prompts'];
  /** Who counts the tokens of its answers; absent: its usage. */
  readonly outputCounting?: OutputCounting;
}

/** The data files of a workload, read. */
export interface WorkloadFiles {
  /** By index of the part. */
  readonly files: ReadonlyMap<number, LoadFile>;
  readonly provenance: readonly DataProvenance[];
}

/** Why it cannot be loaded: a stable reason (`target_refused`, `target_not_an_api`, …) and a sentence. */
export interface TargetFault {
  readonly reason: string;
  readonly detail: string;
}

export interface Engine {
  /** Searches that may send load at the same time without measuring each other. */
  readonly maxSearches: number;
  /** Generators that one search may have. */
  readonly maxGenerators: number;
  /** A few requests before any load: is this an API that answers, and which? */
  check(target: TargetCandidate, signal: AbortSignal): Promise<Result<TargetFacts, TargetFault>>;
  /** Where data files and tokenizers lie; absent: the operator gave no folder for them. */
  readonly dataFolder?: string;
  /** One pass over every data file of the question, or all that is wrong with them. Absent: it reads none. */
  readonly readFiles?: (
    question: Question,
    signal: AbortSignal,
  ) => Promise<Result<WorkloadFiles, TargetFault>>;
  /** Empties the target's prefix cache by its own route; nothing of ours is in flight. Absent: it cannot. */
  resetCache?(
    target: LoadTarget,
    route: CacheResetRoute,
    signal: AbortSignal,
  ): Promise<Result<undefined, TargetFault>>;
  /** Starts the generators of a search. The session is closed by its owner, or by `stop`. */
  open(plan: SessionPlan, signal: AbortSignal): Promise<LoadSession>;
  /** Ends all load at once, for good. */
  stop(): Promise<void>;
}
