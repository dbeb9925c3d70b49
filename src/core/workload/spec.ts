/**
 * What is sent: one workload = one capacity. Parsed and checked by the policy room; the generator and
 * the simulated server draw from it with a seed. A workload is one kind of request, or a mix of them
 * with weights; both are read through `partsOf` (`parts.ts`), so that nobody else tells them apart.
 *
 * Where each thing goes: laws of length in `lengths.ts`; a request's data is a member of `RequestSpec`
 * on `kind` (`synthetic` is drawn, `file` is read); what a data source yields is a `Conversation`
 * (`conversation.ts`), whatever it was made from; when it is sent is `arrivals`. Everything absent keeps
 * the meaning that it had before the field existed: stored questions are read with this type.
 */

import type { DataFileSpec } from './readers/formats.ts';

/** APIs that a request may go to. Their paths, bodies and readers are the dialect room's. */
export const ENDPOINT_KINDS = [
  'chat',
  'completions',
  'responses',
  'messages',
  'embeddings',
  'rerank',
] as const;
export type EndpointKind = (typeof ENDPOINT_KINDS)[number];

export type LengthSpec =
  | { readonly kind: 'fixed'; readonly tokens: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  /** Normal, rounded, clipped to min..max. */
  | {
      readonly kind: 'normal';
      readonly mean: number;
      readonly stdev: number;
      readonly min: number;
      readonly max: number;
    }
  /** exp(N(lnMean, lnSigma²)), rounded, clipped to min..max. */
  | {
      readonly kind: 'lognormal';
      readonly lnMean: number;
      readonly lnSigma: number;
      readonly min: number;
      readonly max: number;
    }
  /** Counts by bin as measured; inside a bin (ends included) every length is as likely. */
  | { readonly kind: 'histogram'; readonly bins: readonly HistogramBin[] }
  /**
   * Published percentiles: ln length is a straight line in the normal score between two of them, and
   * goes on beyond the outer ones; two percentiles are a log-normal law. Clipped to min..max.
   */
  | {
      readonly kind: 'percentiles';
      readonly points: readonly { readonly q: number; readonly tokens: number }[];
      readonly min: number;
      readonly max: number;
    };

export interface HistogramBin {
  readonly min: number;
  readonly max: number;
  readonly weight: number;
}

/** A time that users take, ms. */
export type DurationSpec =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'exponential'; readonly meanMs: number; readonly maxMs: number }
  | {
      readonly kind: 'lognormal';
      readonly lnMean: number;
      readonly lnSigma: number;
      readonly maxMs: number;
    };

/** Input and output length that belong together. */
export interface LengthPair {
  readonly input: number;
  readonly output: number;
  readonly weight: number;
}

/** A beginning that many requests have in common, before their own input tokens. */
export interface SharedPrefixSpec {
  readonly tokens: LengthSpec;
  /** How many different ones there are; each request takes one of them, all equally likely. */
  readonly count: number;
  /** Share of the conversations that begin with one, 0..1. */
  readonly ratio: number;
}

/** A conversation of several requests, each with all that was said before it. */
export interface TurnsSpec {
  /** Turns of one conversation. */
  readonly count: LengthSpec;
}

/** What a policy adds to every request; checked against what measurement needs. */
export interface RequestExtras {
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** Pictures and sounds that go with every prompt of `chat`; made for each request, no two alike. */
export interface MediaSpec {
  readonly images?: {
    readonly count: number;
    readonly width: number;
    readonly height: number;
    readonly format: 'png' | 'jpeg';
  };
  readonly audio?: { readonly count: number; readonly seconds: number };
}

/** What every kind of request has, whatever its data comes from. */
interface RequestCommon {
  readonly endpoint: EndpointKind;
  /** Another model or adapter than the target's; absent: the target's. */
  readonly model?: string;
  readonly extras?: RequestExtras;
  /** After an answer its user waits so long: before the next turn, and in a closed loop also before the next request. */
  readonly think?: DurationSpec;
  /** Texts in one request of `embeddings` or `rerank`, each of the drawn input length; absent: one. */
  readonly documents?: number;
  readonly media?: MediaSpec;
}

/** Drawn from laws of length. With `turns` the lengths are those of what each turn adds. */
export interface SyntheticSpec extends RequestCommon {
  readonly kind: 'synthetic';
  readonly inputTokens: LengthSpec;
  readonly outputTokens: LengthSpec;
  /** Both lengths from one table; the laws above are its margins and are not drawn. */
  readonly pairs?: readonly LengthPair[];
  /** Correlation of the normal scores of input and output length (a Gaussian copula), -1..1. */
  readonly correlation?: number;
  readonly sharedPrefix?: SharedPrefixSpec;
  readonly turns?: TurnsSpec;
}

/** Read from a data file of the operator: its lengths, texts, shared blocks and times. */
export interface FileSpec extends RequestCommon {
  readonly kind: 'file';
  readonly file: DataFileSpec;
  /** For rows that do not know their output length. */
  readonly outputTokens?: LengthSpec;
  /** What is shared and who takes turns is in the file. */
  readonly sharedPrefix?: undefined;
  readonly turns?: undefined;
}

export type RequestSpec = SyntheticSpec | FileSpec;

/** A relative rate over time, laid over the load; its mean over a period is 1. */
export type FluctuationSpec =
  /** 1 + amplitude · sin(2π t / period), 0 < amplitude < 1. */
  | { readonly kind: 'sine'; readonly periodMs: number; readonly amplitude: number }
  /** 1 + amplitude for `dutyRatio` of the period, then so much less that the mean is 1. */
  | {
      readonly kind: 'square';
      readonly periodMs: number;
      readonly amplitude: number;
      readonly dutyRatio: number;
    }
  /** One relative rate for each step of equal length; divided by their mean. */
  | { readonly kind: 'series'; readonly stepMs: number; readonly rates: readonly number[] };

/** When requests are due in an open loop. The load is the mean rate of all of them. */
export type ArrivalSpec = (
  | { readonly kind: 'poisson' | 'constant' }
  /** Gamma gaps: shape 1 is Poisson, below 1 bursty, above 1 steadier. Dispersion 1 / shape. */
  | { readonly kind: 'gamma'; readonly shape: number }
  /**
   * Gaps of recorded times, scaled so that their mean rate is the load, again from the first after the
   * last. `atMs` in order; absent: the times of the workload's own file.
   */
  | { readonly kind: 'trace'; readonly atMs?: readonly number[] }
) & { readonly fluctuation?: FluctuationSpec };

/**
 * What the server's prefix cache may hold when a burst begins.
 * `as_is`: whatever earlier bursts left; `cold`: no shared beginning of this burst was ever sent before;
 * `reset`: the server's own route is called after a drain.
 */
export type CacheRule =
  | { readonly kind: 'as_is' }
  | { readonly kind: 'cold' }
  | { readonly kind: 'reset'; readonly route: CacheResetRoute };

/** The routes that are known to empty a prefix cache (vLLM in development mode; SGLang). */
export const CACHE_RESET_ROUTES = ['/reset_prefix_cache', '/flush_cache'] as const;
export type CacheResetRoute = (typeof CACHE_RESET_ROUTES)[number];

/** What holds for the whole workload, mixed or not. */
interface WorkloadRules {
  /** Of the request_rate axis. */
  readonly arrivals: ArrivalSpec;
  /** Absent: as it is. */
  readonly cache?: CacheRule;
}

/** A kind of request in a mix. */
export interface MixPart {
  /** A word that SLO texts may use: `p99(ttft, rag)`. */
  readonly name: string;
  /** Share of the conversations, 0..1; all together are 1. */
  readonly weight: number;
  readonly request: RequestSpec;
}

export type WorkloadSpec =
  | (RequestSpec & WorkloadRules)
  | ({ readonly kind: 'mix'; readonly parts: readonly MixPart[] } & WorkloadRules);
