/**
 * A call of a hook: for callers that know only status codes. 200 is yes and every other answer is not, so
 * whatever goes wrong holds a rollout back instead of letting it pass.
 */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import { resolveGate } from '../../../core/policy/resolve-gate.ts';
import { shapeFaults } from '../../../core/policy/shape-faults.ts';
import { summaryOf } from '../../../view/summary.ts';
import { accountOf } from '../../access/identify-caller.ts';
import type { Hook, SearchRecord } from '../../runner/search-service.ts';
import { noteAudit } from '../access/audit-calls.ts';
import { makersParts } from '../access/guard-caller.ts';
import type { CallParts } from '../handlers.ts';
import { readJsonBody } from '../json-body.ts';
import { HOOK_LEASE_SECONDS } from '../limits.ts';
import { invalid, Problem } from '../problem.ts';
import { hookQuery } from '../queries.ts';
import { readIdempotencyKey, readQuery, readWait } from '../read-query.ts';
import { type HookCall, hookBodySchema, hookCallSchema } from '../schemas/hook.ts';
import { holdUntilEnded, statusOf } from '../searches/answer-search.ts';
import { startedOr } from '../searches/create-calls.ts';
import { callTrace } from '../trace-call.ts';
import { chosenGate, keyOfCall } from './choose-gate.ts';

/** Verdicts that a gate can end with; each may be the one that is asked for. */
type Ended = 'pass' | 'fail' | 'inconclusive';

export async function callHook(c: Context, parts: CallParts): Promise<Response> {
  const hook = await parts.searches.hooks.find(c.req.param('hook') ?? '');
  if (hook === undefined) throw new Problem('hook_not_found');
  const faults: Fault[] = [];
  const query = readQuery(c.req.url, hookQuery, faults);
  const waitSeconds = readWait(c.req.raw.headers, faults);
  const headerKey = readIdempotencyKey(c.req.raw.headers, faults);
  const call = await readCall(c.req.raw, faults);
  const gate =
    call && (await gateOf(hook, call, headerKey, makersParts(hook.caller, parts), faults));
  if (query === undefined || gate === undefined || faults.length > 0) throw invalid(faults);
  const trace = callTrace(c);
  noteAudit(c, { target: gate.question.target.baseUrl });
  const outcome = await parts.searches.create({ ...gate, ...(trace && { trace }) });
  const record = startedOr(outcome);
  noteAudit(c, { searchId: record.id, isReplay: outcome.kind === 'replayed' });
  const latest = await holdUntilEnded(c, parts.searches, parts.waiters, record, {
    waitSeconds,
    signal: c.req.raw.signal,
  });
  // Pending is a 409 here whether or not anybody asks for it.
  statusOf(c, parts.searches, latest, '409');
  return answer(c, latest, query.on);
}

/** An empty body is an empty call. Faults are put on the list, a body of another kind is refused at once. */
async function readCall(request: Request, faults: Fault[]): Promise<HookCall | undefined> {
  if (request.body === null || request.headers.get('content-length') === '0') return {};
  const read = await readJsonBody(request);
  if (!read.ok) {
    const { error } = read;
    if (error.kind === 'too_large') throw new Problem('body_too_large', { errors: faults });
    if (error.kind === 'media_type') {
      throw new Problem('unsupported_media_type', { errors: [...faults, error.fault] });
    }
    faults.push(...error.faults);
    return undefined;
  }
  const shape = hookCallSchema.safeParse(read.value);
  if (shape.success) return shape.data;
  faults.push(...shapeFaults(shape.error.issues, read.value));
  return undefined;
}

/** The gate that the call asks, as it is started; undefined when something is at fault. */
async function gateOf(
  hook: Hook,
  call: HookCall,
  headerKey: string | undefined,
  parts: CallParts,
  faults: Fault[],
) {
  const bound = hookBodySchema.parse(hook.binding);
  const body = chosenGate(bound, call, faults);
  const key = headerKey ?? keyOfCall(call);
  if (key === undefined) faults.push(NO_KEY);
  if (body === undefined) return undefined;
  const resolved = resolveGate(body, parts.policies, parts.limits);
  if (!resolved.ok) {
    faults.push(...resolved.error);
    return undefined;
  }
  // The address behind a name may have changed since the hook was made.
  faults.push(...(await parts.checkTarget(resolved.value.target)));
  if (key === undefined) return undefined;
  return {
    kind: 'gate',
    question: resolved.value,
    // Its load counts against the quota of whoever made the hook.
    caller: `${accountOf(hook.caller)}:hook:${hook.id}`,
    idempotencyKey: key,
    bodyHash: createHash('sha256').update(JSON.stringify(body)).digest('hex'),
    onBusy: 'queue',
    leaseSeconds: bound.lease_seconds ?? HOOK_LEASE_SECONDS,
  } as const;
}

const NO_KEY: Fault = {
  pointer: '/checksum',
  code: 'missing_key',
  expected:
    'a checksum, a metadata.key or an Idempotency-Key, so that a repeated call is the same question',
  received: 'nothing',
};

function answer(c: Context, record: SearchRecord, asked: readonly Ended[]): Response {
  const { verdict, sentence } = summaryOf(record);
  const ended: Ended = verdict === 'pass' || verdict === 'fail' ? verdict : 'inconclusive';
  if (asked.includes(ended)) {
    const line = JSON.stringify({ verdict: ended, gate_id: record.id, sentence });
    return c.body(`${line}\n`, 200, { 'content-type': 'application/json' });
  }
  const codes = {
    pass: 'gate_passed',
    fail: 'gate_failed',
    inconclusive: 'gate_inconclusive',
  } as const;
  throw new Problem(codes[ended], { detail: sentence, searchId: record.id });
}
