/**
 * What does not go together in a workload and its SLO: a bound on a first token where none ever comes,
 * pictures for an endpoint that reads texts, a file beside laws of length. Reads what was given as far as
 * it has the right type; the workload may be merged.
 */
import type { Fault } from '../../base/fault.ts';
import { isWhole } from '../../dialect/endpoint.ts';
import { ENDPOINT_KINDS, type EndpointKind } from '../../workload/spec.ts';
import { DEFAULT_ENDPOINT } from '../question-defaults.ts';
import { received, valueAt } from '../shape-faults.ts';
import { parseSlo } from '../slo-parse.ts';

type PointerTo = (...path: string[]) => string;

/** Metrics that need a stream. */
const STREAM_METRICS: ReadonlySet<string> = new Set(['ttft', 'ttft_from_send', 'tpot', 'itl']);
const AUDIO_ENDPOINTS: readonly EndpointKind[] = ['chat'];
const IMAGE_ENDPOINTS: readonly EndpointKind[] = ['chat', 'responses', 'messages'];
/** Laws that a file stands instead of. */
export const DRAWN_KEYS: readonly string[] = [
  'input_tokens',
  'length_pairs',
  'length_correlation',
  'shared_prefix',
  'turns',
];
/** What only a streamed answer or a conversation has. */
export const STREAMED_KEYS: readonly string[] = ['turns', 'shared_prefix', 'output_tokens'];

interface Place {
  readonly request: unknown;
  readonly path: readonly string[];
  readonly name: string | undefined;
}

export function endpointFaults(workload: unknown, pointerTo: PointerTo): Fault[] {
  const places = placesOf(workload);
  return [
    ...places.flatMap((place) => [
      ...batchFaults(place, pointerTo),
      ...fileFaults(place, workload, pointerTo),
    ]),
    ...traceFaults(workload, places, pointerTo),
  ];
}

/** Arrivals that follow a trace need one. Whether the file has times only shows when it is read. */
function traceFaults(workload: unknown, places: readonly Place[], pointerTo: PointerTo): Fault[] {
  const path = ['workload', 'arrivals'];
  const isTrace = valueAt(workload, ['arrivals', 'kind']) === 'trace';
  const hasTimes = valueAt(workload, ['arrivals', 'at_ms']) !== undefined;
  const hasFile = places.some(({ request }) => valueAt(request, ['file']) !== undefined);
  if (!isTrace || hasTimes || hasFile) return [];
  const expected = 'at_ms, or a workload with a file that has timestamps';
  return [{ pointer: pointerTo(...path), code: 'missing_key', expected, received: 'neither' }];
}

/** `slo`: as given, of whatever shape; the workload may come from the policy. */
export function streamlessFaults(slo: unknown, workload: unknown): Fault[] {
  const whole = placesOf(workload).filter((place) => isWhole(endpointOf(place)));
  if (whole.length === 0) return [];
  const texts =
    typeof slo === 'string'
      ? [{ text: slo, pointer: '/slo' }]
      : Array.isArray(slo)
        ? slo.map((tier: unknown, i) => ({
            text: valueAt(tier, ['objectives']),
            pointer: `/slo/${i}/objectives`,
          }))
        : [];
  return texts.flatMap(({ text, pointer }) =>
    typeof text === 'string' ? textFaults(text, pointer, whole) : [],
  );
}

function textFaults(text: string, pointer: string, whole: readonly Place[]): Fault[] {
  const parsed = parseSlo(text, pointer);
  if (!parsed.ok) return [];
  return parsed.value.flatMap((objective) => {
    const metrics =
      objective.kind === 'attainment'
        ? objective.bounds.map(({ metric }) => metric)
        : objective.kind === 'quantile' || objective.kind === 'mean'
          ? [objective.metric]
          : [];
    const bad = metrics.filter((metric) => STREAM_METRICS.has(metric));
    if (bad.length === 0) return [];
    const part: unknown = valueAt(objective, ['part']);
    // A mix may judge its streamed parts by name; without a name every part is judged.
    const judged = whole.find(({ name }) => part === undefined || name === part);
    if (judged === undefined) return [];
    const endpoint = endpointOf(judged);
    const expected = `e2e, error_rate or goodput: ${endpoint} is answered in one piece, so that it has no ${bad.join(' and no ')}`;
    return [
      { pointer, code: 'slo_metric_undefined', expected, received: received(objective.text) },
    ];
  });
}

function batchFaults(place: Place, pointerTo: PointerTo): Fault[] {
  const endpoint = endpointOf(place);
  const faults: Fault[] = [];
  const only = (key: string, endpoints: readonly EndpointKind[]): void => {
    const value = valueAt(place.request, [key]);
    if (value === undefined || endpoints.includes(endpoint)) return;
    const pointer = pointerTo(...place.path, key);
    const expected = `${key} with the endpoint ${endpoints.join(' or ')}, not ${endpoint}`;
    faults.push({ pointer, code: 'wrong_endpoint', expected, received: received(value) });
  };
  only('documents', ENDPOINT_KINDS.filter(isWhole));
  only('images', IMAGE_ENDPOINTS);
  only('audio', AUDIO_ENDPOINTS);
  if (isWhole(endpoint)) {
    for (const key of STREAMED_KEYS) {
      const value = valueAt(place.request, [key]);
      if (value === undefined) continue;
      const pointer = pointerTo(...place.path, key);
      const expected = `no ${key}: ${endpoint} has no answer of tokens and no conversation`;
      faults.push({ pointer, code: 'wrong_endpoint', expected, received: received(value) });
    }
  }
  return faults;
}

function fileFaults(place: Place, workload: unknown, pointerTo: PointerTo): Fault[] {
  const file = valueAt(place.request, ['file']);
  const kind = place.path.length > 1 ? undefined : valueAt(workload, ['kind']);
  if (file === undefined) {
    if (kind !== 'file') return [];
    const pointer = pointerTo('workload', 'file');
    return [{ pointer, code: 'missing_key', expected: 'a data file', received: 'nothing' }];
  }
  const faults = DRAWN_KEYS.flatMap((key): Fault[] => {
    const value = valueAt(place.request, [key]);
    if (value === undefined) return [];
    const pointer = pointerTo(...place.path, key);
    const expected = `no ${key}: it is in the file`;
    return [{ pointer, code: 'conflicting_keys', expected, received: received(value) }];
  });
  if (kind === undefined || kind === 'file') return faults;
  const pointer = pointerTo('workload', 'kind');
  return [
    ...faults,
    { pointer, code: 'conflicting_keys', expected: 'file', received: received(kind) },
  ];
}

function placesOf(workload: unknown): Place[] {
  const parts = valueAt(workload, ['parts']);
  if (!Array.isArray(parts)) return [{ request: workload, path: ['workload'], name: undefined }];
  return parts.map((request: unknown, i) => {
    const name = valueAt(request, ['name']);
    return {
      request,
      path: ['workload', 'parts', String(i)],
      name: typeof name === 'string' ? name : undefined,
    };
  });
}

function endpointOf({ request }: Place): EndpointKind {
  const given = valueAt(request, ['endpoint']);
  return ENDPOINT_KINDS.find((kind) => kind === given) ?? DEFAULT_ENDPOINT;
}
