/**
 * The port "where bursts run". The runner knows searches and probes; an engine knows machines. One
 * engine runs all bursts of a service; what it can bear at once is its own to say.
 */
import type { Result } from '../../core/base/result.ts';
import type { EndpointKind } from '../../core/workload/spec.ts';
import type { LoadSession, LoadTarget, SessionPlan } from '../../load/port.ts';

export type { LoadLimits, LoadSession, LoadTarget, SessionPlan } from '../../load/port.ts';
export { LoadLost } from '../../load/port.ts';

/** A target as the question names it, resolved and allowed; the model may still be unknown. */
export interface TargetCandidate extends Omit<LoadTarget, 'model'> {
  /** Absent: asked of the target, which must name exactly one. */
  readonly model?: string;
  /** What the workload will call. */
  readonly endpoint: EndpointKind;
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
  /** Starts the generators of a search. The session is closed by its owner, or by `stop`. */
  open(plan: SessionPlan, signal: AbortSignal): Promise<LoadSession>;
  /** Ends all load at once, for good. */
  stop(): Promise<void>;
}
