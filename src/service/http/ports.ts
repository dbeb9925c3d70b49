/** What the HTTP room needs from the others; `main.ts` (or a test) puts it together. */
import type { Tracer } from '@opentelemetry/api';
import type { Fault } from '../../core/base/fault.ts';
import type { PolicyFile } from '../../core/policy/policy-file.ts';
import type { Question, TargetSpec } from '../../core/policy/question.ts';
import type { QuestionLimits } from '../../core/policy/question-defaults.ts';
import type { Audit } from '../access/audit.ts';
import type { IdentifyCaller } from '../access/identify-caller.ts';
import type { KillSwitch } from '../access/kill-switch.ts';
import type { Operator } from '../access/operator.ts';
import type { SearchService } from '../runner/search-service.ts';
import type { StreamTiming } from './limits.ts';

/** Who may call, and what they may stop. */
export interface HttpAccess {
  readonly identify: IdentifyCaller;
  readonly operator: () => Operator;
  readonly killSwitch: Pick<KillSwitch, 'state' | 'engage' | 'release'>;
  readonly audit: Audit;
}

export interface AccessLine {
  readonly requestId: string;
  readonly method: string;
  /** Without the query and the tokens of hooks, which nobody should log. */
  readonly path: string;
  /** As the table of routes spells it; absent when no route took the call. */
  readonly route?: string;
  /** Of the caller's trace or our own; absent when nobody traces. */
  readonly traceId?: string | undefined;
  readonly status: number;
  readonly durationMs: number;
}

/** What a scraper reads. */
export interface MetricsPage {
  readonly contentType: string;
  read(): Promise<string>;
}

export interface HttpParts {
  readonly searches: SearchService;
  readonly policies: ReadonlyMap<string, PolicyFile>;
  /** Ceilings that no request raises. */
  readonly limits: QuestionLimits;
  /** Whether the target may be loaded at all, and its credentials be referred to. */
  readonly checkTarget: (
    target: Pick<TargetSpec, 'baseUrl' | 'apiKeyRef'>,
  ) => Promise<readonly Fault[]>;
  /** What is wrong with the question's data files, as far as a look at their beginnings tells. */
  readonly checkData?: (question: Question) => Promise<readonly Fault[]>;
  /** Absent: whoever reaches us may do everything (an embedded service, a test). */
  readonly access?: HttpAccess;
  readonly version: string;
  readonly timing: StreamTiming;
  readonly metrics: MetricsPage;
  /** Absent: nobody traces. */
  readonly tracer?: Tracer;
  readonly onAccess: (line: AccessLine) => void;
  /** A fault of ours. */
  readonly onError: (error: unknown, requestId: string) => void;
}
