/**
 * The HTTP application: one handler for each route of the table, and around them what holds for all:
 * request id, access line, security headers, the guard of origin, and one form of refusal.
 */
import { type Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { assert } from '../../core/base/result.ts';
import { parseTraceparent } from '../../core/base/trace-context.ts';
import { NO_OPERATOR, needsCredentials } from '../access/operator.ts';
import { WriteFailed } from '../runner/keep/journal.ts';
import { STORE_RETRY_MS } from '../runner/runner-config.ts';
import { NO_TRACER } from '../runner/watch/spans.ts';
import { auditCalls, noteAudit, noteRefusal } from './access/audit-calls.ts';
import { guardCaller } from './access/guard-caller.ts';
import { needOf } from './access/scopes.ts';
import { PROBLEMS, type ProblemCode } from './errors.ts';
import { gateHandlers } from './gates/handlers.ts';
import { originRefusal } from './guard-origin.ts';
import type { CallParts, Env, Handlers, Middleware } from './handlers.ts';
import { cutToken } from './hooks/cut-token.ts';
import { hookHandlers } from './hooks/handlers.ts';
import { killSwitchHandlers } from './kill-switch/handlers.ts';
import { MAX_DOWNLOADS, MAX_EVENT_STREAMS, MAX_REJUDGES, MAX_WAITERS } from './limits.ts';
import { operationHandlers } from './operations/handlers.ts';
import { mountPages } from './pages/mount-pages.ts';
import { isPagePath, pageHeaders } from './pages/page-policy.ts';
import { policyHandlers } from './policies/handlers.ts';
import type { HttpParts } from './ports.ts';
import { Problem, type ProblemExtras, problemBody } from './problem.ts';
import { reportHandlers } from './reports/handlers.ts';
import { isReportPath, readReportStyle, reportHeaders } from './reports/report-policy.ts';
import { honoPath, isRouteName, methodsAt, ROUTES } from './routes/table.ts';
import { searchHandlers } from './searches/handlers.ts';
import { createSlots } from './slots.ts';
import { traceCall } from './trace-call.ts';

const HEALTH_PATHS = new Set(['/healthz', '/readyz']);

const STORE_RETRY_SECONDS = String(STORE_RETRY_MS / 1_000);

export function createApp(httpParts: HttpParts): Hono<Env> {
  const parts: CallParts = {
    ...httpParts,
    waiters: createSlots(MAX_WAITERS),
    eventStreams: createSlots(MAX_EVENT_STREAMS),
    downloads: createSlots(MAX_DOWNLOADS),
    rejudges: createSlots(MAX_REJUDGES),
  };
  const reportStyle = readReportStyle();
  const handlers: Handlers<typeof ROUTES> = {
    ...searchHandlers(parts),
    ...gateHandlers(parts),
    ...reportHandlers(parts, reportStyle),
    ...hookHandlers(parts),
    ...policyHandlers(parts),
    ...killSwitchHandlers(parts),
    ...operationHandlers(parts),
  };

  const app = new Hono<Env>();
  app.use(requestId());
  app.use(accessLine(parts));
  app.use(traceCall(parts.tracer ?? NO_TRACER));
  const headers = {
    page: pageHeaders(),
    report: reportHeaders(reportStyle),
    api: securityHeaders(),
  };
  app.use((c, next) => headers[facing(c.req.path)](c, next));
  app.use(auditCalls(parts));
  app.use(guardOrigin(parts));
  for (const [name, handle] of Object.entries(handlers)) {
    assert(isRouteName(name), `no route ${name}`);
    const route = ROUTES[name];
    const need = needOf(name);
    const note: Middleware = (c, next) => {
      c.set('route', route.path);
      noteAudit(c, { action: name, need });
      return next();
    };
    const path = honoPath(route.path);
    app.on(route.method.toUpperCase(), path, note, guardCaller(need, parts), handle);
  }
  // Pages ask for the key themselves: without one they show a form for it, and no data.
  mountPages(app, parts);
  // Whatever else is no route of the table, what is not there included, is for readers.
  app.use(guardCaller('read', parts));
  app.notFound((c) => {
    const allowed = methodsAt(c.req.path);
    return allowed.length === 0
      ? refuse(c, 'route_not_found')
      : refuse(c, 'method_not_allowed', { headers: { allow: allowed.join(', ') } });
  });
  app.onError((error, c) => {
    if (error instanceof Problem) return refuse(c, error.code, error.extras);
    // What hono itself refuses is a malformed request.
    if (error instanceof HTTPException && error.status < 500) {
      return refuse(c, 'invalid_request', { errors: [], detail: error.message });
    }
    parts.onError(error, c.get('requestId'));
    // A full disk is no defect: nothing was started or changed, and the same call works later.
    if (error instanceof WriteFailed) {
      const detail = 'The store cannot be written now; nothing has changed.';
      return refuse(c, 'not_ready', { detail, headers: { 'retry-after': STORE_RETRY_SECONDS } });
    }
    return refuse(c, 'internal_error');
  });
  return app;
}

function accessLine(parts: HttpParts) {
  return async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    const startMs = performance.now();
    await next();
    const route = c.get('route');
    const trace = c.get('trace');
    parts.onAccess({
      requestId: c.get('requestId'),
      method: c.req.method,
      path: cutToken(c.req.path),
      ...(route !== undefined && { route }),
      ...(trace !== undefined && { traceId: parseTraceparent(trace.traceparent)?.traceId }),
      status: c.res.status,
      durationMs: performance.now() - startMs,
    });
  };
}

/** Whom a path faces, and so what a browser may do with its answer. */
function facing(path: string): 'page' | 'report' | 'api' {
  if (isPagePath(path)) return 'page';
  return isReportPath(path) ? 'report' : 'api';
}

/** Nothing of the API is a page: no script, no frame, no sniffing, no referrer. */
function securityHeaders() {
  return secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    crossOriginResourcePolicy: 'same-origin',
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
    // Plain HTTP on loopback: a promise of TLS would be void.
    strictTransportSecurity: false,
  });
}

function guardOrigin({ access }: HttpParts): Middleware {
  return async (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host;
    const operator = access?.operator() ?? NO_OPERATOR;
    const known = { needsCredentials: needsCredentials(operator), hosts: operator.hosts };
    const refusal = originRefusal(c.req.raw.headers, host, known);
    // The machine that runs us asks by address, whatever we are called; they are told nothing else.
    const isProbe = known.needsCredentials && HEALTH_PATHS.has(c.req.path);
    if (refusal !== undefined && !isProbe) return refuse(c, refusal);
    await next();
    return undefined;
  };
}

function refuse(c: Context<Env>, code: ProblemCode, extras: ProblemExtras = {}): Response {
  noteRefusal(c, code, extras.errors);
  const place = { instance: cutToken(c.req.path), requestId: c.get('requestId') };
  // Through the context, which holds the headers that every answer has.
  c.header('content-type', 'application/problem+json');
  for (const [name, value] of Object.entries(extras.headers ?? {})) c.header(name, value);
  return c.body(`${JSON.stringify(problemBody(code, extras, place))}\n`, PROBLEMS[code].status);
}
