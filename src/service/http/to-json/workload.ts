/** A workload in the spelling of the request: posted again it sends the same. */
import type { z } from 'zod';
import { isWhole } from '../../../core/dialect/endpoint.ts';
import { dataFileToJson } from '../../../core/policy/workload/file-schema.ts';
import type {
  ArrivalSpec,
  CacheRule,
  DurationSpec,
  FileSpec,
  FluctuationSpec,
  LengthSpec,
  RequestSpec,
  SyntheticSpec,
  WorkloadSpec,
} from '../../../core/workload/spec.ts';
import type { questionSchema } from '../schemas/search.ts';

type WorkloadJson = z.infer<typeof questionSchema>['workload'];
type RequestJson = Omit<NonNullable<WorkloadJson['parts']>[number], 'name' | 'weight'>;
type LengthJson = NonNullable<WorkloadJson['input_tokens']>;

const MS_PER_S = 1_000;
/** exp(ln x) differs from x in the last digits; nobody wrote more than these. */
const SIGNIFICANT_DIGITS = 12;

export function workloadToJson(workload: WorkloadSpec): WorkloadJson {
  const arrivals = arrivalsToJson(workload.arrivals);
  const cache = workload.cache === undefined ? {} : { cache: cacheToJson(workload.cache) };
  if (workload.kind !== 'mix') {
    return { kind: workload.kind, ...requestToJson(workload), arrivals, ...cache };
  }
  const parts = workload.parts.map(({ name, weight, request }) => ({
    name,
    weight,
    ...requestToJson(request),
  }));
  return { kind: 'mix', parts, arrivals, ...cache };
}

function requestToJson(request: RequestSpec): RequestJson {
  const { model, think, extras, documents, media } = request;
  return {
    endpoint: request.endpoint,
    ...(model !== undefined && { model }),
    ...(request.kind === 'file' ? fileToJson(request) : syntheticToJson(request)),
    ...(think !== undefined && { think_ms: durationToJson(think) }),
    ...(extras !== undefined && { request: extrasToJson(extras) }),
    ...(documents !== undefined && { documents }),
    ...(media?.images !== undefined && { images: { ...media.images } }),
    ...(media?.audio !== undefined && { audio: { ...media.audio } }),
  };
}

function fileToJson({ file, outputTokens }: FileSpec): RequestJson {
  return {
    file: dataFileToJson(file),
    ...(outputTokens !== undefined && { output_tokens: lengthToJson(outputTokens) }),
  };
}

function syntheticToJson(request: SyntheticSpec): RequestJson {
  const { pairs, correlation, sharedPrefix, turns } = request;
  return {
    // A table stands instead of its margins.
    ...(pairs === undefined
      ? {
          input_tokens: lengthToJson(request.inputTokens),
          // An answer in one piece has no tokens, and posted again none may be asked.
          ...(!isWhole(request.endpoint) && { output_tokens: lengthToJson(request.outputTokens) }),
        }
      : { length_pairs: pairs.map((pair) => ({ ...pair })) }),
    ...(correlation !== undefined && { length_correlation: correlation }),
    ...(sharedPrefix !== undefined && {
      shared_prefix: {
        tokens: lengthToJson(sharedPrefix.tokens),
        count: sharedPrefix.count,
        ratio: sharedPrefix.ratio,
      },
    }),
    ...(turns !== undefined && { turns: lengthToJson(turns.count) }),
  };
}

type ExtrasJson = NonNullable<RequestJson['request']>;

function extrasToJson({ body, headers, query }: NonNullable<RequestSpec['extras']>): ExtrasJson {
  return {
    body: { ...body },
    headers: { ...headers },
    query: { ...query },
  };
}

export function lengthToJson(length: LengthSpec): LengthJson {
  switch (length.kind) {
    case 'fixed':
      return length.tokens;
    case 'uniform':
      return { uniform: { min: length.min, max: length.max } };
    case 'normal': {
      const { mean, stdev, min, max } = length;
      return { mean, stdev, min, max };
    }
    case 'lognormal': {
      const { lnMean, lnSigma, min, max } = length;
      return { lognormal: { median: medianOf(lnMean), sigma: lnSigma, min, max } };
    }
    case 'percentiles': {
      const named = length.points.map(({ q, tokens }) => [
        `p${Number((q * 100).toPrecision(SIGNIFICANT_DIGITS))}`,
        tokens,
      ]);
      return { percentiles: Object.fromEntries(named), min: length.min, max: length.max };
    }
    case 'histogram':
      return { histogram: length.bins.map((bin) => ({ ...bin })) };
  }
}

function medianOf(lnMean: number): number {
  return Number(Math.exp(lnMean).toPrecision(SIGNIFICANT_DIGITS));
}

function durationToJson(duration: DurationSpec): NonNullable<RequestJson['think_ms']> {
  switch (duration.kind) {
    case 'fixed':
      return duration.ms;
    case 'uniform':
      return { uniform: { min: duration.minMs, max: duration.maxMs } };
    case 'exponential':
      return { exponential: { mean: duration.meanMs, max: duration.maxMs } };
    case 'lognormal': {
      const { lnMean, lnSigma, maxMs } = duration;
      return { lognormal: { median: medianOf(lnMean), sigma: lnSigma, max: maxMs } };
    }
  }
}

function arrivalsToJson(arrivals: ArrivalSpec): NonNullable<WorkloadJson['arrivals']> {
  const laid =
    arrivals.fluctuation === undefined
      ? undefined
      : { fluctuation: fluctuationToJson(arrivals.fluctuation) };
  switch (arrivals.kind) {
    case 'poisson':
    case 'constant':
      return laid === undefined ? arrivals.kind : { kind: arrivals.kind, ...laid };
    case 'gamma':
      return { kind: 'gamma', shape: arrivals.shape, ...laid };
    case 'trace':
      return {
        kind: 'trace',
        ...(arrivals.atMs !== undefined && { at_ms: [...arrivals.atMs] }),
        ...laid,
      };
  }
}

type FluctuationJson = NonNullable<
  Exclude<NonNullable<WorkloadJson['arrivals']>, string>['fluctuation']
>;

function fluctuationToJson(fluctuation: FluctuationSpec): FluctuationJson {
  switch (fluctuation.kind) {
    case 'sine': {
      const { periodMs, amplitude } = fluctuation;
      return { sine: { period_seconds: periodMs / MS_PER_S, amplitude } };
    }
    case 'square': {
      const { periodMs, amplitude, dutyRatio } = fluctuation;
      return {
        square: { period_seconds: periodMs / MS_PER_S, amplitude, duty_ratio: dutyRatio },
      };
    }
    case 'series': {
      const { stepMs, rates } = fluctuation;
      return { series: { step_seconds: stepMs / MS_PER_S, rates: [...rates] } };
    }
  }
}

function cacheToJson(cache: CacheRule): NonNullable<WorkloadJson['cache']> {
  return cache.kind === 'reset' ? { reset: cache.route } : cache.kind;
}
