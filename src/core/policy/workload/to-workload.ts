/** A checked workload as the API spells it to what the generator draws from, defaults filled in. */
import { assert } from '../../base/result.ts';
import { isWhole } from '../../dialect/endpoint.ts';
import type { DataFileSpec } from '../../workload/readers/formats.ts';
import type {
  ArrivalSpec,
  CacheRule,
  DurationSpec,
  FileSpec,
  FluctuationSpec,
  HistogramBin,
  LengthSpec,
  RequestExtras,
  RequestSpec,
  SyntheticSpec,
  WorkloadSpec,
} from '../../workload/spec.ts';
import { toLengthSpec } from '../length-input.ts';
import {
  DEFAULT_ARRIVALS,
  DEFAULT_ENDPOINT,
  DEFAULT_INPUT_TOKENS,
  DEFAULT_OUTPUT_TOKENS,
} from '../question-defaults.ts';
import { DRAWN_KEYS, STREAMED_KEYS } from './endpoint-checks.ts';
import { toDataFile, toMedia } from './file-schema.ts';
import {
  type ArrivalsInput,
  REQUEST_KEYS,
  type RequestInput,
  type WorkloadInput,
} from './workload-schema.ts';

const MS_PER_S = 1_000;
/** Beyond four deviations, or eight means of an exponential, nobody waits. */
const TAIL_DEVIATIONS = 4;
const TAIL_MEANS = 8;

/**
 * Inline keys win over the policy's, but a choice replaces its alternatives: `parts` the policy's one
 * request, a table of pairs its laws, laws its table.
 */
export function mergeWorkload(
  policy: WorkloadInput | undefined,
  inline: WorkloadInput | undefined,
): WorkloadInput {
  const base: Record<string, unknown> = { ...policy };
  const given: Record<string, unknown> = { ...inline };
  const drop = (keys: readonly string[]): void => {
    for (const key of keys) delete base[key];
  };
  if ('parts' in given) drop(['kind', ...REQUEST_KEYS]);
  if ('length_pairs' in given) drop(['input_tokens', 'output_tokens', 'length_correlation']);
  if ('input_tokens' in given || 'output_tokens' in given) drop(['length_pairs']);
  if ('file' in given) drop(['kind', 'parts', ...DRAWN_KEYS]);
  // What an answer in one piece has not.
  if (inline?.endpoint !== undefined && isWhole(inline.endpoint)) drop(STREAMED_KEYS);
  return { ...base, ...given };
}

export function workloadOf(input: WorkloadInput): WorkloadSpec {
  const rules = {
    arrivals: toArrivals(input.arrivals ?? DEFAULT_ARRIVALS),
    ...(input.cache === undefined ? {} : { cache: toCacheRule(input.cache) }),
  };
  if (input.parts === undefined) return { ...toRequest(input), ...rules };
  const parts = input.parts.map(({ name, weight, ...request }) => ({
    name,
    weight,
    request: toRequest(request),
  }));
  return { kind: 'mix', parts, ...rules };
}

function toRequest(input: RequestInput): RequestSpec {
  return input.file === undefined ? toSynthetic(input) : toFile(input, toDataFile(input.file));
}

function toFile(input: RequestInput, file: DataFileSpec): FileSpec {
  return {
    kind: 'file',
    file,
    ...toCommon(input),
    ...(input.output_tokens !== undefined && { outputTokens: toLengthSpec(input.output_tokens) }),
  };
}

/** What every kind of request has. */
function toCommon(
  input: RequestInput,
): Omit<FileSpec, 'kind' | 'file' | 'outputTokens' | 'sharedPrefix' | 'turns'> {
  const media = toMedia(input.images, input.audio);
  return {
    endpoint: input.endpoint ?? DEFAULT_ENDPOINT,
    ...(input.model === undefined ? {} : { model: input.model }),
    ...(input.think_ms === undefined ? {} : { think: toDuration(input.think_ms) }),
    ...(input.request === undefined ? {} : { extras: toExtras(input.request) }),
    ...(input.documents === undefined ? {} : { documents: input.documents }),
    ...(media === undefined ? {} : { media }),
  };
}

function toSynthetic(input: RequestInput): SyntheticSpec {
  const { length_pairs: table, length_correlation: correlation, shared_prefix: prefix } = input;
  const pairs = table?.map((pair) => ({ ...pair, weight: pair.weight ?? 1 }));
  const margin = (of: 'input' | 'output', law: RequestInput['input_tokens']): LengthSpec => {
    if (pairs === undefined) {
      const standing = of === 'input' ? DEFAULT_INPUT_TOKENS : DEFAULT_OUTPUT_TOKENS;
      return toLengthSpec(law ?? standing);
    }
    const bins = pairs.map(
      (pair): HistogramBin => ({ min: pair[of], max: pair[of], weight: pair.weight }),
    );
    return { kind: 'histogram', bins };
  };
  return {
    kind: 'synthetic',
    ...toCommon(input),
    inputTokens: margin('input', input.input_tokens),
    outputTokens: margin('output', input.output_tokens),
    ...(pairs === undefined ? {} : { pairs }),
    ...(correlation === undefined ? {} : { correlation }),
    ...(prefix === undefined
      ? {}
      : {
          sharedPrefix: {
            tokens: toLengthSpec(prefix.tokens),
            count: prefix.count ?? 1,
            ratio: prefix.ratio ?? 1,
          },
        }),
    ...(input.turns === undefined ? {} : { turns: { count: toLengthSpec(input.turns) } }),
  };
}

function toExtras({ body, headers, query }: NonNullable<RequestInput['request']>): RequestExtras {
  return { body: body ?? {}, headers: headers ?? {}, query: query ?? {} };
}

function toDuration(input: NonNullable<RequestInput['think_ms']>): DurationSpec {
  if (typeof input === 'number') return { kind: 'fixed', ms: input };
  if ('uniform' in input) {
    return { kind: 'uniform', minMs: input.uniform.min, maxMs: input.uniform.max };
  }
  if ('exponential' in input) {
    const { mean, max } = input.exponential;
    return { kind: 'exponential', meanMs: mean, maxMs: max ?? TAIL_MEANS * mean };
  }
  const { median, sigma, max } = input.lognormal;
  return {
    kind: 'lognormal',
    lnMean: Math.log(median),
    lnSigma: sigma,
    maxMs: max ?? median * Math.exp(TAIL_DEVIATIONS * sigma),
  };
}

function toArrivals(input: ArrivalsInput): ArrivalSpec {
  if (typeof input === 'string') return { kind: input };
  const { fluctuation } = input;
  const laid = fluctuation === undefined ? {} : { fluctuation: toFluctuation(fluctuation) };
  switch (input.kind) {
    case 'gamma':
      return { kind: 'gamma', shape: input.shape, ...laid };
    case 'trace':
      return {
        kind: 'trace',
        ...(input.at_ms === undefined ? {} : { atMs: input.at_ms }),
        ...laid,
      };
    case 'poisson':
    case 'constant':
      return { kind: input.kind, ...laid };
  }
}

type FluctuationInput = NonNullable<Exclude<ArrivalsInput, string>['fluctuation']>;

function toFluctuation(input: FluctuationInput): FluctuationSpec {
  if ('sine' in input) {
    const { period_seconds: seconds, amplitude } = input.sine;
    return { kind: 'sine', periodMs: seconds * MS_PER_S, amplitude };
  }
  if ('square' in input) {
    const { period_seconds: seconds, amplitude, duty_ratio: dutyRatio } = input.square;
    return { kind: 'square', periodMs: seconds * MS_PER_S, amplitude, dutyRatio };
  }
  assert('series' in input, 'a fluctuation of a known kind');
  return {
    kind: 'series',
    stepMs: input.series.step_seconds * MS_PER_S,
    rates: input.series.rates,
  };
}

function toCacheRule(input: NonNullable<WorkloadInput['cache']>): CacheRule {
  return typeof input === 'string' ? { kind: input } : { kind: 'reset', route: input.reset };
}
