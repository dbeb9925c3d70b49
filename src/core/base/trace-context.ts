/**
 * The place of a piece of work in a distributed trace, in the spelling of W3C Trace Context, so that it
 * can be stored with a search and sent in a header. Only what the standard allows passes: it comes from
 * callers and goes to targets. https://www.w3.org/TR/trace-context/
 */
export interface TraceContext {
  /** `00-<32 hex: trace>-<16 hex: parent>-<2 hex: flags>`, always version 00. */
  readonly traceparent: string;
  /** What tracing systems have to say to themselves; passed on as it came. */
  readonly tracestate?: string;
}

export interface TraceIds {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ALL_ZERO = /^0+$/;
/** The length that the standard asks everyone to pass on; a longer one is dropped, as it allows. */
const MAX_TRACESTATE_CHARS = 512;
const PRINTABLE = /^[\x20-\x7e]+$/;

/** Undefined when it is not one; a later version is read by its first four parts, as the standard says. */
export function parseTraceparent(text: string): TraceIds | undefined {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined) return undefined;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (ALL_ZERO.test(traceId) || ALL_ZERO.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags ?? '00', 16) };
}

export function formatTraceparent({ traceId, spanId, flags }: TraceIds): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}

/** The context of a call by its two headers; undefined when there is none that can be used. */
export function readTraceContext(
  traceparent: string | null | undefined,
  tracestate: string | null | undefined,
): TraceContext | undefined {
  const ids = parseTraceparent(traceparent ?? '');
  if (ids === undefined) return undefined;
  const state = tracestate ?? '';
  return {
    traceparent: formatTraceparent(ids),
    ...(state.length <= MAX_TRACESTATE_CHARS && PRINTABLE.test(state) && { tracestate: state }),
  };
}
