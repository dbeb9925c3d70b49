/** What the HTTP room needs from the others; `main.ts` (or a test) puts it together. */
import type { Fault } from '../../core/base/fault.ts';
import type { Result } from '../../core/base/result.ts';
import type { Question, TargetSpec } from '../../core/policy/question.ts';
import type { SearchService } from '../runner/search-service.ts';
import type { StreamTiming } from './limits.ts';

/** A policy as it is listed: what it asks when nobody overrides it. */
export interface PolicyView {
  readonly name: string;
  readonly description: string;
  /** The file as it was parsed, in the spelling of the API. */
  readonly content: Readonly<Record<string, unknown>>;
}

export interface AccessLine {
  readonly requestId: string;
  readonly method: string;
  /** Without the query, which may hold what nobody should log. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface HttpParts {
  readonly searches: SearchService;
  readonly policies: readonly PolicyView[];
  /** Body without the envelope keys to a question, or everything that is wrong with it. */
  readonly resolveQuestion: (body: unknown) => Result<Question, readonly Fault[]>;
  /** Whether the target may be loaded at all, and its credentials be referred to. */
  readonly checkTarget: (
    target: Pick<TargetSpec, 'baseUrl' | 'apiKeyRef'>,
  ) => Promise<readonly Fault[]>;
  readonly version: string;
  readonly timing: StreamTiming;
  readonly onAccess: (line: AccessLine) => void;
  /** A fault of ours. */
  readonly onError: (error: unknown, requestId: string) => void;
}
