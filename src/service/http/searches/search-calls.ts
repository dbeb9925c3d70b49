/** Starting, reading, listing and cancelling searches. */
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import { buildFrontier } from '../../../core/frontier/frontier.ts';
import type { SearchResult } from '../../../core/search/result.ts';
import { summaryOf } from '../../../view/summary.ts';
import type { KillState } from '../../access/kill-switch.ts';
import type { CreateOutcome, ListQuery, SearchRecord } from '../../runner/search-service.ts';
import type { CallParts } from '../handlers.ts';
import type { HttpParts } from '../ports.ts';
import { invalid, Problem } from '../problem.ts';
import { listQuery, noQuery, pendingQuery } from '../queries.ts';
import { readIdempotencyKey, readQuery, readWait, refuseQuery } from '../read-query.ts';
import { logToJson } from '../to-json/log.ts';
import { frontierToJson, probeToJson } from '../to-json/measured.ts';
import { listItemToJson, searchPath, searchToJson, summaryToJson } from '../to-json/search.ts';
import { callTrace } from '../trace-call.ts';
import { etagOf, holdUntilEnded, matchesEtag, statusOf } from './answer-search.ts';
import { readCreateBody } from './create-body.ts';

/** Nobody has keys yet: every caller is the same one. */
const CALLER = 'anonymous';

export async function createSearch(c: Context, parts: CallParts): Promise<Response> {
  const faults: Fault[] = [];
  const query = readQuery(c.req.url, pendingQuery, faults);
  const waitSeconds = readWait(c.req.raw.headers, faults);
  const idempotencyKey = readIdempotencyKey(c.req.raw.headers, faults);
  const { body, refusal } = await readCreateBody(c.req.raw, parts, faults);
  if (refusal === 'too_large') throw new Problem('body_too_large', { errors: faults });
  if (refusal === 'media_type') throw new Problem('unsupported_media_type', { errors: faults });
  if (body === undefined || query === undefined || faults.length > 0) throw invalid(faults);

  const { envelope } = body;
  const trace = callTrace(c);
  const outcome = await parts.searches.create({
    question: body.question,
    caller: CALLER,
    bodyHash: body.hash,
    onBusy: envelope.on_busy ?? 'queue',
    ...(trace === undefined ? {} : { trace }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(envelope.lease_seconds === undefined ? {} : { leaseSeconds: envelope.lease_seconds }),
    ...(envelope.deadline_at === undefined
      ? {}
      : { deadlineAtMs: Date.parse(envelope.deadline_at) }),
    ...(envelope.max_age_seconds === undefined ? {} : { maxAgeSeconds: envelope.max_age_seconds }),
  });
  const record = startedOr(outcome);
  if (outcome.kind === 'replayed') c.header('idempotent-replayed', 'true');
  c.header('location', searchPath(record.id));
  return answerWhole(c, parts, record, { waitSeconds, pending: query.pending });
}

export async function readSearch(c: Context, parts: CallParts): Promise<Response> {
  const { waitSeconds, pending } = readHolding(c);
  return answerWhole(c, parts, await findSearch(c, parts), { waitSeconds, pending });
}

export async function readSummary(c: Context, parts: CallParts): Promise<Response> {
  const { waitSeconds, pending } = readHolding(c);
  const found = await findSearch(c, parts);
  const signal = c.req.raw.signal;
  const record = await holdUntilEnded(c, parts.searches, parts.waiters, found, {
    waitSeconds,
    signal,
  });
  const status = statusOf(c, parts.searches, record, pending);
  if (isUnchanged(c, record)) return c.body(null, 304);
  return c.json(summaryToJson(summaryOf(record)), status);
}

export async function readFrontier(c: Context, parts: CallParts): Promise<Response> {
  refuseQuery(c);
  const record = await findSearch(c, parts);
  if (isUnchanged(c, record)) return c.body(null, 304);
  const probes = await parts.searches.probes(record.id);
  const { axis } = record.question;
  return c.json(frontierToJson(buildFrontier(probes, resultSoFar(record), axis), axis));
}

export async function readProbes(c: Context, parts: CallParts): Promise<Response> {
  refuseQuery(c);
  const record = await findSearch(c, parts);
  if (isUnchanged(c, record)) return c.body(null, 304);
  const probes = await parts.searches.probes(record.id);
  return c.json({ probes: probes.map(probeToJson) });
}

export async function readLog(c: Context, parts: CallParts): Promise<Response> {
  refuseQuery(c);
  const record = await findSearch(c, parts);
  if (isUnchanged(c, record)) return c.body(null, 304);
  return c.json(logToJson(record, await parts.searches.log(record.id)));
}

export async function cancelSearch(c: Context, parts: CallParts): Promise<Response> {
  const faults: Fault[] = [];
  readQuery(c.req.url, noQuery, faults);
  const waitSeconds = readWait(c.req.raw.headers, faults);
  if (faults.length > 0) throw invalid(faults);
  const { id } = await findSearch(c, parts);
  const cancelled = await parts.searches.cancel(id);
  if (cancelled === undefined) throw new Problem('search_not_found');
  const record = await holdUntilEnded(c, parts.searches, parts.waiters, cancelled, {
    waitSeconds,
    signal: c.req.raw.signal,
  });
  c.header('location', searchPath(id));
  return c.json(await wholeJson(parts, record), 202);
}

export async function listSearches(c: Context, parts: CallParts): Promise<Response> {
  const faults: Fault[] = [];
  const query = readQuery(c.req.url, listQuery, faults);
  if (query === undefined || faults.length > 0) throw invalid(faults);
  const { state, policy, target, label, since, cursor, limit } = query;
  const wanted: ListQuery = {
    limit,
    ...(state === undefined ? {} : { state }),
    ...(policy === undefined ? {} : { policy }),
    ...(target === undefined ? {} : { target }),
    ...(label === undefined ? {} : { label }),
    ...(since === undefined ? {} : { sinceMs: Date.parse(since) }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const page = await parts.searches.list(wanted);
  return c.json({
    searches: page.searches.map(listItemToJson),
    next_cursor: page.nextCursor ?? null,
  });
}

export async function findSearch(c: Context, parts: HttpParts): Promise<SearchRecord> {
  const id = c.req.param('id') ?? '';
  const record = await parts.searches.get(id);
  if (record === undefined) throw new Problem('search_not_found');
  parts.searches.touch(id);
  return record;
}

function readHolding(c: Context) {
  const faults: Fault[] = [];
  const query = readQuery(c.req.url, pendingQuery, faults);
  const waitSeconds = readWait(c.req.raw.headers, faults);
  if (query === undefined || faults.length > 0) throw invalid(faults);
  return { waitSeconds, pending: query.pending };
}

async function answerWhole(
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

async function wholeJson(parts: HttpParts, record: SearchRecord) {
  const probes = await parts.searches.probes(record.id);
  const frontier = buildFrontier(probes, resultSoFar(record), record.question.axis);
  return searchToJson(record, probes, frontier);
}

function isUnchanged(c: Context, record: SearchRecord): boolean {
  const etag = etagOf(record);
  c.header('etag', etag);
  return matchesEtag(c.req.header('if-none-match'), etag);
}

function startedOr(outcome: CreateOutcome): SearchRecord {
  switch (outcome.kind) {
    case 'created':
    case 'replayed':
    case 'joined':
      return outcome.search;
    case 'key_mismatch':
      throw new Problem('idempotency_key_reused', { searchId: outcome.searchId });
    case 'busy':
      throw new Problem('target_busy', {
        searchId: outcome.runningId,
        headers: { location: searchPath(outcome.runningId) },
      });
    case 'queue_full':
      throw new Problem('queue_full', {
        headers: { 'retry-after': String(Math.max(1, Math.ceil(outcome.retryAfterSeconds))) },
      });
    case 'quota_exceeded':
      throw new Problem('quota_exceeded', {
        detail: outcome.detail,
        headers: { 'retry-after': String(outcome.retryAfterSeconds) },
      });
    case 'load_stopped':
      throw new Problem('kill_switch_on', { detail: killedBy(outcome.state) });
  }
}

function killedBy({ by, reason, sinceMs }: KillState): string {
  const why = reason === '' ? '' : `: ${reason}`;
  return `Engaged by ${by} at ${new Date(sinceMs).toISOString()}${why}. Nothing is loaded until it is released.`;
}

/** Before the first probe there is no result; the frontier still needs the tiers. */
function resultSoFar(record: SearchRecord): SearchResult {
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
