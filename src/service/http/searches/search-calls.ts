/** Reading, listing and cancelling searches and gates. */
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import { buildFrontier } from '../../../core/frontier/frontier.ts';
import { summaryOf } from '../../../view/summary.ts';
import type { ListQuery, SearchRecord } from '../../runner/search-service.ts';
import type { CallParts } from '../handlers.ts';
import type { HttpParts } from '../ports.ts';
import { invalid, Problem } from '../problem.ts';
import { listQuery, noQuery, pendingQuery } from '../queries.ts';
import { readQuery, readWait, refuseQuery } from '../read-query.ts';
import { logToJson } from '../to-json/log.ts';
import { frontierToJson, probeToJson } from '../to-json/measured.ts';
import { listItemToJson, pathOf, summaryToJson } from '../to-json/search.ts';
import { holdUntilEnded, statusOf } from './answer-search.ts';
import { answerWhole, isUnchanged, resultSoFar, wholeJson } from './answer-whole.ts';
import type { Resource } from './resource.ts';

export async function readCourse(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  const { waitSeconds, pending } = readHolding(c);
  return answerWhole(c, parts, await findCourse(c, parts, resource), { waitSeconds, pending });
}

export async function readSummary(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  const { waitSeconds, pending } = readHolding(c);
  const found = await findCourse(c, parts, resource);
  const signal = c.req.raw.signal;
  const record = await holdUntilEnded(c, parts.searches, parts.waiters, found, {
    waitSeconds,
    signal,
  });
  const status = statusOf(c, parts.searches, record, pending);
  if (isUnchanged(c, record)) return c.body(null, 304);
  return c.json(summaryToJson(summaryOf(record)), status);
}

export async function readFrontier(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  refuseQuery(c);
  const record = await findCourse(c, parts, resource);
  if (isUnchanged(c, record)) return c.body(null, 304);
  const probes = await parts.searches.probes(record.id);
  const { axis } = record.question;
  return c.json(frontierToJson(buildFrontier(probes, resultSoFar(record), axis), axis));
}

export async function readProbes(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  refuseQuery(c);
  const record = await findCourse(c, parts, resource);
  if (isUnchanged(c, record)) return c.body(null, 304);
  const probes = await parts.searches.probes(record.id);
  return c.json({ probes: probes.map(probeToJson) });
}

export async function readLog(c: Context, parts: CallParts, resource: Resource): Promise<Response> {
  refuseQuery(c);
  const record = await findCourse(c, parts, resource);
  if (isUnchanged(c, record)) return c.body(null, 304);
  return c.json(logToJson(record, await parts.searches.log(record.id)));
}

export async function cancelCourse(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  const faults: Fault[] = [];
  readQuery(c.req.url, noQuery, faults);
  const waitSeconds = readWait(c.req.raw.headers, faults);
  if (faults.length > 0) throw invalid(faults);
  const { id } = await findCourse(c, parts, resource);
  const cancelled = await parts.searches.cancel(id);
  if (cancelled === undefined) throw new Problem(resource.notFound);
  const record = await holdUntilEnded(c, parts.searches, parts.waiters, cancelled, {
    waitSeconds,
    signal: c.req.raw.signal,
  });
  c.header('location', pathOf(record));
  return c.json(await wholeJson(parts, record), 202);
}

export async function listCourses(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  const faults: Fault[] = [];
  const query = readQuery(c.req.url, listQuery, faults);
  if (query === undefined || faults.length > 0) throw invalid(faults);
  const { state, policy, target, label, since, cursor, limit } = query;
  const wanted: ListQuery = {
    kind: resource.kind,
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
    [resource.listKey]: page.searches.map(listItemToJson),
    next_cursor: page.nextCursor ?? null,
  });
}

export async function findCourse(
  c: Context,
  parts: HttpParts,
  { kind, notFound }: Resource,
): Promise<SearchRecord> {
  const id = c.req.param('id') ?? '';
  const record = await parts.searches.get(id);
  if (record?.kind !== kind) throw new Problem(notFound);
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
