/** A search or gate whole, held until its end when asked to, and whether the caller has it already. */
import type { Context } from 'hono';
import { buildFrontier } from '../../../core/frontier/frontier.ts';
import type { SearchResult } from '../../../core/search/answer/result.ts';
import type { SearchRecord } from '../../runner/search-service.ts';
import type { CallParts } from '../handlers.ts';
import type { HttpParts } from '../ports.ts';
import { searchToJson } from '../to-json/search.ts';
import { etagOf, holdUntilEnded, matchesEtag, statusOf } from './answer-search.ts';

export async function answerWhole(
  c: Context,
  parts: CallParts,
  found: SearchRecord,
  asked: { readonly waitSeconds: number | undefined; readonly pending: '409' | undefined },
): Promise<Response> {
  const record = await holdUntilEnded(c, parts.searches, parts.waiters, found, {
    waitSeconds: asked.waitSeconds,
    signal: c.req.raw.signal,
  });
  const status = statusOf(c, parts.searches, record, asked.pending);
  if (isUnchanged(c, record) && c.req.method !== 'POST') return c.body(null, 304);
  return c.json(await wholeJson(parts, record), status);
}

export async function wholeJson(parts: HttpParts, record: SearchRecord) {
  const probes = await parts.searches.probes(record.id);
  const frontier = buildFrontier(probes, resultSoFar(record), record.question.axis);
  return searchToJson(record, probes, frontier);
}

export function isUnchanged(c: Context, record: SearchRecord): boolean {
  const etag = etagOf(record);
  c.header('etag', etag);
  return matchesEtag(c.req.header('if-none-match'), etag);
}

/** Before the first probe there is no result; the frontier still needs the tiers. */
export function resultSoFar(record: SearchRecord): SearchResult {
  if (record.result !== undefined) return record.result;
  const { confidence, resolution, tiers } = record.question;
  return {
    confidence,
    resolution,
    tiers: tiers.map((tier) => ({ tier: tier.name, outcome: 'undecided' })),
    warnings: [],
    probes: 0,
    requests: 0,
    loadSeconds: 0,
    stopped: 'not_started',
  };
}
