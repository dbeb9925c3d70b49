/** Starting a search or a gate, or getting it again. */
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import type { KillState } from '../../access/kill-switch.ts';
import type { CreateOutcome, SearchRecord } from '../../runner/search-service.ts';
import { noteAudit } from '../access/audit-calls.ts';
import { callerOf, callersParts } from '../access/guard-caller.ts';
import type { CallParts } from '../handlers.ts';
import { invalid, Problem } from '../problem.ts';
import { pendingQuery } from '../queries.ts';
import { readIdempotencyKey, readQuery, readWait } from '../read-query.ts';
import { pathOf } from '../to-json/search.ts';
import { callTrace } from '../trace-call.ts';
import { answerWhole } from './answer-whole.ts';
import { readCreateBody } from './create-body.ts';
import type { Resource } from './resource.ts';

export async function createCourse(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  const faults: Fault[] = [];
  const query = readQuery(c.req.url, pendingQuery, faults);
  const waitSeconds = readWait(c.req.raw.headers, faults);
  const idempotencyKey = readIdempotencyKey(c.req.raw.headers, faults);
  const { body, refusal } = await readCreateBody(
    c.req.raw,
    resource,
    callersParts(c, parts),
    faults,
  );
  if (refusal === 'too_large') throw new Problem('body_too_large', { errors: faults });
  if (refusal === 'media_type') throw new Problem('unsupported_media_type', { errors: faults });
  if (body === undefined || query === undefined || faults.length > 0) throw invalid(faults);

  const { envelope } = body;
  noteAudit(c, { target: body.question.target.baseUrl });
  const leaseSeconds = envelope.lease_seconds ?? resource.leaseSeconds;
  const trace = callTrace(c);
  const outcome = await parts.searches.create({
    kind: resource.kind,
    question: body.question,
    caller: callerOf(c).name,
    bodyHash: body.hash,
    onBusy: envelope.on_busy ?? 'queue',
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(trace === undefined ? {} : { trace }),
    ...(leaseSeconds === undefined ? {} : { leaseSeconds }),
    ...(envelope.deadline_at === undefined
      ? {}
      : { deadlineAtMs: Date.parse(envelope.deadline_at) }),
    ...(envelope.max_age_seconds === undefined ? {} : { maxAgeSeconds: envelope.max_age_seconds }),
  });
  const record = startedOr(outcome);
  if (outcome.kind === 'replayed') {
    noteAudit(c, { isReplay: true });
    c.header('idempotent-replayed', 'true');
  }
  c.header('location', pathOf(record));
  return answerWhole(c, parts, record, { waitSeconds, pending: query.pending });
}

export function startedOr(outcome: CreateOutcome): SearchRecord {
  switch (outcome.kind) {
    case 'created':
    case 'replayed':
    case 'joined':
      return outcome.search;
    case 'key_mismatch':
      throw new Problem('idempotency_key_reused', { searchId: outcome.searchId });
    case 'busy':
      throw new Problem('target_busy', {
        searchId: outcome.running.id,
        headers: { location: pathOf(outcome.running) },
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
