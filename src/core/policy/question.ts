/**
 * A question, complete: everything that a search needs to know, with the policy's parts and the
 * request's own parts merged and checked. It is stored with the search; the same question with the
 * same seed plans the same load.
 */
import type { Axis } from '../base/axis.ts';
import type { WorkloadSpec } from '../workload/spec.ts';
import type { SloTier } from './objective.ts';

/** `authorization` sends `Bearer KEY`, the others the bare key (Anthropic; Azure). */
export const API_KEY_HEADERS = ['authorization', 'x-api-key', 'api-key'] as const;
export type ApiKeyHeader = (typeof API_KEY_HEADERS)[number];

export interface TargetSpec {
  /** As given, without a trailing slash: `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string;
  /** Absent: asked of the target (`/v1/models`), which must name exactly one. */
  readonly model?: string;
  /** A reference such as `env:VLLM_KEY`; never the secret itself. */
  readonly apiKeyRef?: string;
  /** The header that carries the key; absent: the one that the dialect needs. */
  readonly apiKeyHeader?: ApiKeyHeader;
  /** `auto` or a name of the dialect table. */
  readonly dialect: string;
  /** A `tokenizer.json` among the data files: counts where the target does not. */
  readonly tokenizer?: string;
  /** Requests carry the `traceparent` of their burst; absent: none. */
  readonly propagateTrace?: boolean;
}

export interface Question {
  readonly target: TargetSpec;
  /** Name of the policy it began from, absent for an inline question. */
  readonly policy?: string;
  readonly tiers: readonly SloTier[];
  readonly axis: Axis;
  /** Natural units: streams or req/s. */
  readonly minLoad: number;
  readonly maxLoad: number;
  readonly startLoad?: number;
  /** What the target has to carry; a gate asks for nothing else, and its range is this load. */
  readonly requiredAtLeast?: number;
  readonly workload: WorkloadSpec;
  readonly budget: {
    readonly loadSeconds: number;
    readonly requests: number;
    readonly outputTokens: number;
  };
  readonly confidence: number;
  readonly resolution: number;
  readonly seed: number;
  readonly labels: Readonly<Record<string, string>>;
}
