/**
 * Spans of OpenTelemetry around our own notion of a trace's place. Contexts are passed by hand, never by
 * the process' hidden state: a search outlives the call that started it, and the process that began it.
 */
import {
  type Attributes,
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {
  formatTraceparent,
  parseTraceparent,
  type TraceContext,
} from '../../../core/base/trace-context.ts';

/** Without an SDK in the process: spans cost nothing, and carry their parent's place onwards. */
export const NO_TRACER: Tracer = trace.getTracer('plimsoll');

/** Where spans begin that continue this place; the root when there is none. */
export function contextOf(place: TraceContext | undefined): Context {
  const ids = place === undefined ? undefined : parseTraceparent(place.traceparent);
  if (place === undefined || ids === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: ids.traceId,
    spanId: ids.spanId,
    traceFlags: ids.flags,
    isRemote: true,
    ...(place.tracestate !== undefined && { traceState: createTraceState(place.tracestate) }),
  });
}

/** The place of this span; undefined when nobody traces and no caller's trace is continued. */
export function placeOf(span: Span): TraceContext | undefined {
  const context = span.spanContext();
  if (!isSpanContextValid(context)) return undefined;
  const tracestate = context.traceState?.serialize();
  return {
    traceparent: formatTraceparent({ ...context, flags: context.traceFlags }),
    ...(tracestate !== undefined && tracestate !== '' && { tracestate }),
  };
}

/** Runs the work inside a span of its own; what it throws is told and thrown on. */
export async function within<T>(
  tracer: Tracer,
  parent: Context,
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = tracer.startSpan(name, { attributes }, parent);
  try {
    return await work(span);
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Messages of ours hold no secret and no request body; stacks stay in the log. */
export function failSpan(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
