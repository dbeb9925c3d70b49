/**
 * Reads query and headers into typed values, with every fault put on one list: a handler looks at
 * body, query and headers, and only then says what is wrong with all of them.
 */
import type { Context } from 'hono';
import { z } from 'zod';
import type { Fault } from '../../core/base/fault.ts';
import { quote } from './json-body.ts';
import { MAX_KEY_LENGTH, MAX_WAIT_SECONDS } from './limits.ts';
import { invalid } from './problem.ts';

/**
 * A whole number in a query, as digits; anything else stays a text and is named in the fault. Like every
 * parameter it brings the words of its fault: to a reader everything in a query is a text, and what the
 * schema says of types would be about our conversion.
 */
export function queryInteger(min: number, max: number) {
  const isOpen = max === Number.MAX_SAFE_INTEGER;
  const error = isOpen ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`;
  const digits = (value: unknown): unknown =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return z.preprocess(digits, z.int({ error }).min(min, { error }).max(max, { error }));
}

/** A text of bounded length and, with `form`, of that form. */
export function queryText(
  max: number,
  form?: { readonly pattern: RegExp; readonly words: string },
) {
  const text = z.string().max(max, { error: `at most ${max} characters` });
  return form === undefined ? text : text.regex(form.pattern, { error: form.words });
}

/** One of these words. */
export function queryWord<const W extends readonly [string, ...string[]]>(words: W) {
  return z.enum(words, { error: `one of ${words.join(', ')}` });
}

/** Undefined when there are faults; they are on the list then. */
export function readQuery<S extends z.ZodType>(
  url: string,
  schema: S,
  faults: Fault[],
): z.infer<S> | undefined {
  const given = new Map<string, string>();
  const values: Record<string, string> = Object.create(null);
  let repeated = false;
  for (const [name, value] of new URL(url).searchParams) {
    if (given.has(name)) {
      repeated = true;
      faults.push(queryFault(name, 'repeated', 'one value', `${given.get(name)}, ${value}`));
    }
    given.set(name, value);
    values[name] = value;
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return repeated ? undefined : parsed.data;
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        faults.push(queryFault(key, 'unknown_key', 'no such parameter', given.get(key) ?? ''));
      }
      continue;
    }
    const name = String(issue.path[0] ?? '');
    faults.push(queryFault(name, 'invalid_value', issue.message, given.get(name) ?? ''));
  }
  return undefined;
}

/** For calls that take no query: an unknown parameter is a fault, not a silent no-op. */
export function refuseQuery(c: Context): void {
  const faults: Fault[] = [];
  readQuery(c.req.url, z.strictObject({}), faults);
  if (faults.length > 0) throw invalid(faults);
}

function queryFault(name: string, code: string, expected: string, received: string): Fault {
  return { pointer: `query:${quote(name)}`, code, expected, received: quote(received) };
}

/** Seconds to hold the call, from `Prefer: wait=N` (RFC 7240), capped; undefined when not asked. */
export function readWait(headers: Headers, faults: Fault[]): number | undefined {
  const prefer = headers.get('prefer');
  if (prefer === null) return undefined;
  // Other preferences are not ours to judge; of a repeated one the first counts (RFC 7240, 2).
  const wait = prefer
    .split(/[,;]/)
    .map((part) => part.trim())
    .find((part) => /^wait\b/i.test(part));
  if (wait === undefined) return undefined;
  const seconds = /^wait\s*=\s*"?(\d{1,9})"?$/i.exec(wait)?.[1];
  if (seconds === undefined) {
    faults.push({
      pointer: 'header:prefer',
      code: 'invalid_value',
      expected: 'wait= and whole seconds, such as wait=30',
      received: quote(wait),
    });
    return undefined;
  }
  return Math.min(Number(seconds), MAX_WAIT_SECONDS);
}

/** `Idempotency-Key`, quoted (the IETF draft) or bare (everyone else). */
export function readIdempotencyKey(headers: Headers, faults: Fault[]): string | undefined {
  const given = headers.get('idempotency-key');
  if (given === null) return undefined;
  const quoted = /^"(.*)"$/.exec(given)?.[1];
  const key = quoted ?? given;
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH && /^[\x21-\x7e]+$/.test(key)) return key;
  faults.push({
    pointer: 'header:idempotency-key',
    code: 'invalid_value',
    expected: `1 to ${MAX_KEY_LENGTH} printable ASCII characters without spaces`,
    received: `${key.length} characters: ${quote(key)}`,
  });
  return undefined;
}

/** The id of the last event that an EventSource saw; 0 when it saw none. */
export function readLastEventId(headers: Headers, faults: Fault[]): number | undefined {
  const given = headers.get('last-event-id');
  if (given === null || given === '') return undefined;
  if (/^\d{1,15}$/.test(given)) return Number(given);
  faults.push({
    pointer: 'header:last-event-id',
    code: 'invalid_value',
    expected: 'the id of an event of this search',
    received: quote(given),
  });
  return undefined;
}
