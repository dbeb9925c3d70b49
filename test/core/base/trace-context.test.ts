/** W3C Trace Context: what passes and what does not. */
import { describe, expect, test } from 'vitest';
import {
  formatTraceparent,
  parseTraceparent,
  readTraceContext,
} from '../../../src/core/base/trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('traceparent', () => {
  test('comes back as it went in', () => {
    const text = `00-${TRACE}-${SPAN}-01`;
    const ids = parseTraceparent(text);
    expect(ids).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1 });
    expect(ids && formatTraceparent(ids)).toBe(text);
  });

  test('of a later version is read by its first parts', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-holds`)?.traceId).toBe(TRACE);
  });

  test.each([
    ['empty', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['a fifth part in version 00', `00-${TRACE}-${SPAN}-01-x`],
    ['trace all zero', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['span all zero', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a line break', `00-${TRACE}-${SPAN}-01\r\nx: y`],
    ['two of them', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ])('%s is none', (_what, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe('tracestate', () => {
  const traceparent = `00-${TRACE}-${SPAN}-00`;
  test('is passed on beside a traceparent, never alone', () => {
    expect(readTraceContext(traceparent, 'a=1,b=2')).toEqual({
      traceparent,
      tracestate: 'a=1,b=2',
    });
    expect(readTraceContext(null, 'a=1')).toBeUndefined();
  });

  test.each([
    ['too long', 'a'.repeat(513)],
    ['not printable', 'a=1\r\nx: y'],
    ['empty', ''],
    ['absent', null],
  ])('%s is dropped', (_what, state) => {
    expect(readTraceContext(traceparent, state)).toEqual({ traceparent });
  });
});
