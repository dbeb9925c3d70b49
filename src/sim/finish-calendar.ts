/**
 * Which requests end with which step. A decoding request yields one token a step, so its last step is
 * known with its first token: a ring of buckets gives the ends of a step without looking at the
 * others, however large the batch is.
 */
import type { SimRequest } from './sim-request.ts';

export interface FinishCalendar {
  /** `request.lastStep` is set and lies after `nowStep`. */
  add(request: SimRequest, nowStep: number): void;
  /** Takes the list (by `next`) of the requests that end with this step, cancelled ones included. */
  take(step: number): SimRequest | undefined;
  /** Every request in it, cancelled ones included. */
  all(): SimRequest[];
}

/** Power of two; grows to the longest answer. */
const FIRST_BUCKETS = 1_024;

export function createFinishCalendar(): FinishCalendar {
  let buckets = emptyBuckets(FIRST_BUCKETS);
  const put = (request: SimRequest): void => {
    const bucket = request.lastStep & (buckets.length - 1);
    request.next = buckets[bucket];
    buckets[bucket] = request;
  };
  const all = (): SimRequest[] => {
    const requests: SimRequest[] = [];
    for (const first of buckets) {
      for (let r = first; r !== undefined; r = r.next) requests.push(r);
    }
    return requests;
  };
  return {
    all,
    add(request, nowStep) {
      if (request.lastStep - nowStep >= buckets.length) {
        const held = all();
        let size = buckets.length;
        while (request.lastStep - nowStep >= size) size *= 2;
        buckets = emptyBuckets(size);
        for (const r of held) put(r);
      }
      put(request);
    },
    take(step) {
      const bucket = step & (buckets.length - 1);
      const first = buckets[bucket];
      if (first !== undefined) buckets[bucket] = undefined;
      return first;
    },
  };
}

function emptyBuckets(size: number): (SimRequest | undefined)[] {
  return new Array<SimRequest | undefined>(size).fill(undefined);
}
