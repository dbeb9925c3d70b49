/**
 * A load in documents: where one request carries several texts, a rate may be given in texts per second.
 * It is turned into requests here, where it is read; everything after and everything that is told
 * counts requests, because requests are what is sent, what waits and what is judged.
 */
import type { Fault } from '../base/fault.ts';
import { received, valueAt } from './shape-faults.ts';

const AMOUNTS = ['min', 'max', 'start'] as const;

/** Documents that one unit of the given load is divided by to be requests; 1 for a load in requests. */
export function documentsPerRequest(load: unknown, workload: unknown): number {
  if (valueAt(load, ['unit']) !== 'documents') return 1;
  const documents = valueAt(workload, ['documents']);
  return typeof documents === 'number' && documents >= 1 ? documents : 1;
}

/** The same load in requests; what is no number stays for the shape to say. */
export function inRequests<T extends object>(
  load: T | undefined,
  documents: number,
): T | undefined {
  if (load === undefined || documents === 1) return load;
  const divided = AMOUNTS.flatMap((key): [string, number][] => {
    const amount = valueAt(load, [key]);
    return typeof amount === 'number' ? [[key, amount / documents]] : [];
  });
  return { ...load, ...Object.fromEntries(divided) };
}

/** Documents are a rate, and of requests that carry documents. */
export function unitFaults(load: unknown, workload: unknown, pointer: string): Fault[] {
  const unit = valueAt(load, ['unit']);
  if (unit !== 'documents') return [];
  if (valueAt(load, ['axis']) !== 'request_rate') {
    const expected = 'requests: documents go with the axis request_rate';
    return [{ pointer, code: 'wrong_unit', expected, received: received(unit) }];
  }
  if (valueAt(workload, ['documents']) !== undefined) return [];
  const expected = 'requests, or a workload with a number of documents in each request';
  return [{ pointer, code: 'wrong_unit', expected, received: received(unit) }];
}
