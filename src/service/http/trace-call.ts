/**
 * One span for each call of the API, continuing the caller's trace, and what a handler passes on of it.
 * Names and attributes are those of OpenTelemetry's HTTP conventions. The path is not on it: it may hold a
 * token; the route is.
 */
import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { Context } from 'hono';
import { readTraceContext, type TraceContext } from '../../core/base/trace-context.ts';
import { contextOf, placeOf } from '../runner/watch/spans.ts';
import type { Env } from './handlers.ts';

/** Asked every few seconds by machines: their spans would bury the others. */
const UNTRACED: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

export function traceCall(tracer: Tracer) {
  return async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    if (UNTRACED.has(c.req.path)) return next();
    const { headers } = c.req.raw;
    const caller = readTraceContext(headers.get('traceparent'), headers.get('tracestate'));
    const { method } = c.req;
    const span = tracer.startSpan(
      method,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': method, 'plimsoll.request_id': c.get('requestId') },
      },
      contextOf(caller),
    );
    c.set('trace', placeOf(span));
    try {
      await next();
    } finally {
      const route = c.get('route');
      if (route !== undefined) {
        span.updateName(`${method} ${route}`);
        span.setAttribute('http.route', route);
      }
      span.setAttribute('http.response.status_code', c.res.status);
      if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    }
  };
}

/** The place in a trace that what this call starts continues; undefined when there is none. */
export function callTrace(c: Context): TraceContext | undefined {
  return c.get('trace');
}
