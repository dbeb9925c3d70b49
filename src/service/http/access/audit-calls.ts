/**
 * The audit line of a call: everything that may start or stop load or change who may, and every refusal.
 * Handlers add what they know (`noteAudit`); a token in a path is never in a line, the route's name is.
 */
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import type { AuditEntry } from '../../access/audit.ts';
import type { Env } from '../handlers.ts';
import type { HttpParts } from '../ports.ts';
import type { CallNotes } from './call-notes.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Refusals of who calls and from where, also of calls that only read. */
const WALLS = new Set([401, 403, 421, 429]);
/** Answers that a caller of status codes reads; nobody was refused anything. */
const ANSWERS = new Set(['search_running', 'gate_failed', 'gate_passed', 'gate_inconclusive']);
const MAX_FORWARDED_CHARS = 100;
/** The first few say what it was about. */
const MAX_FAULTS = 3;
const ID_IN_LOCATION = /^\/v1\/\w+\/([^/]+)$/;

export function auditCalls({ access }: Pick<HttpParts, 'access'>) {
  return async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    await next();
    if (access === undefined) return;
    const { status } = c.res;
    const reads = READING.has(c.req.method);
    const notes = c.get('notes') ?? {};
    const answers = notes.code !== undefined && ANSWERS.has(notes.code);
    const refused = WALLS.has(status) || (!reads && status >= 400 && !answers);
    // What only reads, whatever its method, is no event: a search got again under its key is read.
    if (!refused && (reads || notes.need === 'read' || notes.isReplay === true)) return;
    access.audit.record(entryOf(c, notes, status, refused));
  };
}

/** The refusal as the line tells it; of what was sent, only the target that was asked for. */
export function noteRefusal(c: Context<Env>, code: string, faults: readonly Fault[] = []): void {
  const told = faults.slice(0, MAX_FAULTS).map((fault) => {
    const what = fault.pointer === '/target/base_url' ? ` (${fault.received})` : '';
    return `${fault.pointer} ${fault.code}${what}`;
  });
  noteAudit(c, { code, ...(told.length > 0 && { detail: told.join('; ') }) });
}

export function noteAudit(c: Context<Env>, notes: CallNotes): void {
  c.set('notes', { ...c.get('notes'), ...notes });
}

function entryOf(c: Context<Env>, notes: CallNotes, status: number, refused: boolean): AuditEntry {
  const caller = c.get('caller');
  const from = remoteAddress(c);
  const forwardedFor = c.req.header('x-forwarded-for')?.slice(0, MAX_FORWARDED_CHARS);
  const { code, detail, target } = notes;
  const searchId = notes.searchId ?? ID_IN_LOCATION.exec(c.res.headers.get('location') ?? '')?.[1];
  return {
    action: notes.action ?? `${c.req.method} elsewhere`,
    outcome: refused ? (status >= 500 ? 'failed' : 'refused') : 'accepted',
    // Refused before anybody was known, or a hook, whose address says who it is.
    who: caller?.name ?? '-',
    ...(caller !== undefined && { via: caller.via }),
    ...(from !== undefined && { from }),
    ...(forwardedFor !== undefined && { forwardedFor }),
    ...(target !== undefined && { target }),
    ...(searchId !== undefined && { searchId }),
    ...(code !== undefined && { code }),
    ...(detail !== undefined && { detail }),
    status,
    requestId: c.get('requestId'),
  };
}

/** The address of the connection, as Node's server knows it; none in a test without a socket. */
function remoteAddress(c: Context): string | undefined {
  const address: unknown = Object(Object(Object(c.env).incoming).socket).remoteAddress;
  return typeof address === 'string' ? address : undefined;
}
