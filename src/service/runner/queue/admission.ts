/**
 * May this search start, and as what? Create-or-get under a key, join or refuse a busy target, a
 * queue with an end. One at a time, so that two callers with the same key or target never both win.
 */
import { randomBytes } from 'node:crypto';
import { readTraceContext, type TraceContext } from '../../../core/base/trace-context.ts';
import type { Question } from '../../../core/policy/question.ts';
import type { AccessPorts } from '../../access/access-ports.ts';
import type { Resolve } from '../../access/target-guard.ts';
import { ENDED_STATES } from '../../store/search-record.ts';
import type { KeyBinding, NewSearch, Store, StoredSearch } from '../../store/store-port.ts';
import type { Clock } from '../clock.ts';
import type { Journal } from '../keep/journal.ts';
import { queuedEvent } from '../read/event-data.ts';
import { KEY_LIFETIME_MS } from '../runner-config.ts';
import type { CreateOutcome, CreateSearch } from '../search-service.ts';
import { overQuota } from './callers-quota.ts';
import { questionHash, targetKey } from './question-key.ts';
import type { Turn, Turns } from './turns.ts';

/** Sizes of W3C Trace Context. */
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export interface AdmissionParts {
  readonly access: AccessPorts;
  readonly store: Store;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly resolve: Resolve;
  readonly newId: () => string;
  readonly maxQueued: number;
  readonly turns: Turns<Turn>;
  /** Seconds until the queue is likely to have moved. */
  readonly queueSeconds: () => number;
  /** The search stands in the store: give it its turn. */
  readonly onCreated: (search: StoredSearch) => void;
}

export function createAdmission(
  parts: AdmissionParts,
): (input: CreateSearch) => Promise<CreateOutcome> {
  let last: Promise<unknown> = Promise.resolve();
  return (input) => {
    const mine = last.then(() => admit(input, parts));
    last = mine.catch(() => {});
    return mine;
  };
}

async function admit(input: CreateSearch, parts: AdmissionParts): Promise<CreateOutcome> {
  const replayed = await replayKey(input, parts);
  if (replayed !== undefined) return replayed;
  const { turns, clock, newId } = parts;
  const { operator, killSwitch } = parts.access;
  const killed = killSwitch.state();
  if (killed !== undefined) return { kind: 'load_stopped', state: killed };
  const { targets } = operator();
  const key = await targetKey(input.question.target.baseUrl, parts.resolve, targets);
  const hash = questionHash(input.kind, input.question);

  const others = turns.onTarget(key);
  const [first] = others;
  if (first !== undefined && input.onBusy === 'reject')
    return { kind: 'busy', running: { id: first.id, kind: first.kind } };
  const same = others.find((turn) => turn.questionHash === hash);
  if (same !== undefined && input.onBusy === 'join') {
    const joined = await join(same.id, input, parts);
    if (joined !== undefined) return { kind: 'joined', search: joined };
  }
  if (!turns.isFree(key) && turns.waiting().length >= parts.maxQueued) {
    return { kind: 'queue_full', retryAfterSeconds: parts.queueSeconds() };
  }

  const nowMs = clock.wallMs();
  const { budget } = input.question;
  const over = await overQuota(input.caller, budget, operator(), parts.store, nowMs);
  if (over !== undefined) return { kind: 'quota_exceeded', ...over };
  const trace = input.trace ?? ownTrace(input.question);
  const search: NewSearch = {
    id: newId(),
    kind: input.kind,
    question: input.question,
    caller: input.caller,
    targetKey: key,
    questionHash: hash,
    createdAtMs: nowMs,
    ...(input.leaseSeconds !== undefined && { leaseSeconds: input.leaseSeconds }),
    ...(input.deadlineAtMs !== undefined && { deadlineAtMs: input.deadlineAtMs }),
    ...(trace !== undefined && { trace }),
  };
  const created = await parts.journal.createSearch(search, bindingOf(input, search.id, nowMs), [
    queuedEvent(nowMs, turns.waiting().length),
  ]);
  parts.onCreated(created);
  return { kind: 'created', search: created };
}

/** Where the target is to be told and no caller has a trace: one of the search's own, to be recorded. */
function ownTrace({ target }: Question): TraceContext | undefined {
  if (target.propagateTrace !== true) return undefined;
  const [traceId, spanId] = [TRACE_ID_BYTES, SPAN_ID_BYTES].map((n) =>
    randomBytes(n).toString('hex'),
  );
  return readTraceContext(`00-${traceId}-${spanId}-01`, undefined);
}

async function replayKey(
  input: CreateSearch,
  { store, clock }: AdmissionParts,
): Promise<CreateOutcome | undefined> {
  if (input.idempotencyKey === undefined) return undefined;
  const nowMs = clock.wallMs();
  const notBeforeMs = nowMs - KEY_LIFETIME_MS;
  const bound = await store.findKey(input.caller, input.idempotencyKey, notBeforeMs);
  if (bound === undefined) return undefined;
  if (bound.bodyHash !== input.bodyHash) {
    return { kind: 'key_mismatch', searchId: bound.searchId };
  }
  const search = await store.search(bound.searchId);
  if (search === undefined || isTooOld(search, input.maxAgeSeconds, nowMs)) return undefined;
  return { kind: 'replayed', search };
}

/** Only an ended search grows old: one that is under way will answer with the newest there is. */
function isTooOld(search: StoredSearch, maxAgeSeconds: number | undefined, nowMs: number): boolean {
  if (maxAgeSeconds === undefined || !ENDED_STATES.includes(search.state)) return false;
  return nowMs - (search.endedAtMs ?? search.createdAtMs) > maxAgeSeconds * 1_000;
}

async function join(
  id: string,
  input: CreateSearch,
  { store, clock }: AdmissionParts,
): Promise<StoredSearch | undefined> {
  const search = await store.search(id);
  if (search === undefined || ENDED_STATES.includes(search.state)) return undefined;
  const binding = bindingOf(input, id, clock.wallMs());
  if (binding !== undefined) await store.bindKey(binding);
  return search;
}

function bindingOf(
  input: CreateSearch,
  searchId: string,
  createdAtMs: number,
): KeyBinding | undefined {
  if (input.idempotencyKey === undefined) return undefined;
  const { caller, idempotencyKey: key, bodyHash } = input;
  return { caller, key, bodyHash, searchId, createdAtMs };
}
