/** How a search is answered: held or at once, 200 or 202 or 409, with the headers of a long call. */
import type { Context } from 'hono';
import {
  ENDED_STATES,
  type SearchRecord,
  type SearchService,
} from '../../runner/search-service.ts';
import { Problem } from '../problem.ts';
import type { Slots } from '../slots.ts';
import { pathOf } from '../to-json/search.ts';

export interface HoldOptions {
  /** From `Prefer: wait=N`, already capped. */
  readonly waitSeconds: number | undefined;
  readonly signal: AbortSignal;
}

/** Waits for the end of the search when asked to, and says so; never an error when it is not over. */
export async function holdUntilEnded(
  c: Context,
  searches: SearchService,
  waiters: Slots,
  record: SearchRecord,
  { waitSeconds, signal }: HoldOptions,
): Promise<SearchRecord> {
  if (waitSeconds === undefined) return record;
  const release = waiters.take();
  // With too many held calls this one is answered as it stands; the header does not promise a wait.
  if (release === undefined) return record;
  try {
    c.header('preference-applied', `wait=${waitSeconds}`);
    if (hasEnded(record) || waitSeconds === 0) return record;
    return (await searches.waitUntilEnded(record.id, waitSeconds * 1_000, signal)) ?? record;
  } finally {
    release();
  }
}

export function hasEnded(record: SearchRecord): boolean {
  return ENDED_STATES.includes(record.state);
}

/** 200 when it has ended, else 202; 409 instead of 202 for callers that take any 2xx for an answer. */
export function statusOf(
  c: Context,
  searches: SearchService,
  record: SearchRecord,
  pending: '409' | undefined,
): 200 | 202 {
  if (hasEnded(record)) return 200;
  const retryAfter = String(Math.max(1, Math.ceil(searches.retryAfterSeconds(record))));
  if (pending === '409') {
    throw new Problem('search_running', {
      searchId: record.id,
      headers: { 'retry-after': retryAfter, location: pathOf(record) },
    });
  }
  c.header('retry-after', retryAfter);
  return 202;
}

export function etagOf(record: SearchRecord): string {
  return `"${record.version}"`;
}

/** RFC 9110, 13.1.2: weak comparison against any of the list. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((each) => {
    const tag = each.trim().replace(/^W\//, '');
    return tag === '*' || tag === etag;
  });
}
