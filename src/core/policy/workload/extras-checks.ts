/**
 * What a policy may add to every request: bounded in count and size, and nothing that would change
 * what is measured, who asks, or where the request goes. Values of headers are never quoted back.
 */
import type { Fault } from '../../base/fault.ts';
import { pointerOf, received, valueAt } from '../shape-faults.ts';

const MAX_BODY_FIELDS = 32;
/** A response format with its JSON schema fits; a prompt does not. */
const MAX_BODY_CHARS = 16_384;
const MAX_PAIRS = 16;
const MAX_NAME_CHARS = 64;
const MAX_VALUE_CHARS = 1_024;

/** Set by the generator in some dialect: what is asked, how long the answer is, how it comes. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'prompt',
  'input',
  'inputs',
  'system',
  'instructions',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'min_tokens',
  'min_new_tokens',
  'ignore_eos',
  'n',
  'best_of',
  'store',
  'query',
  'texts',
  'documents',
  'cache_salt',
  '__proto__',
]);

/** The connection's, the body's, the stream's, the trace's. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'accept',
  'accept-encoding',
  'expect',
  'te',
  'trailer',
  'upgrade',
  'traceparent',
  'tracestate',
  'anthropic-version',
  '__proto__',
]);
/** What names a caller or proves one comes from `target.api_key_ref` alone, which is never stored. */
const SECRET_HEADER = /(^|-)(auth|authorization|key|apikey|token|secret|password|cookie2?)($|-)/;
const PROXY_HEADER = /^(proxy|forwarded|x-forwarded|x-real)(-|$)/;
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** Printable ASCII: RFC 9110 field values without obsolete bytes. */
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

export function extrasFaults(extras: unknown, path: readonly string[]): Fault[] {
  return [
    ...bodyFaults(valueAt(extras, ['body']), [...path, 'body']),
    ...pairsFaults(valueAt(extras, ['headers']), [...path, 'headers'], headerFault),
    ...pairsFaults(valueAt(extras, ['query']), [...path, 'query'], () => undefined),
  ];
}

function bodyFaults(body: unknown, path: readonly string[]): Fault[] {
  if (!isObject(body)) return [];
  const names = Object.keys(body);
  const faults = names
    .filter((name) => OWN_FIELDS.has(name))
    .map((name) => own([...path, name], 'a field that the measurement does not set itself', name));
  if (names.length > MAX_BODY_FIELDS) {
    faults.push(tooMany(path, `at most ${MAX_BODY_FIELDS} fields`, names.length));
  }
  const chars = JSON.stringify(body).length;
  if (chars > MAX_BODY_CHARS) {
    faults.push(tooMany(path, `at most ${MAX_BODY_CHARS} characters of JSON`, chars));
  }
  return faults;
}

function pairsFaults(
  pairs: unknown,
  path: readonly string[],
  special: (name: string, value: string) => string | undefined,
): Fault[] {
  if (!isObject(pairs)) return [];
  const entries = Object.entries(pairs);
  const faults = entries.flatMap(([name, value]): Fault[] => {
    if (typeof value !== 'string') return [];
    const at = [...path, name];
    const wrong = special(name.toLowerCase(), value);
    if (wrong !== undefined) return [own(at, wrong, name)];
    if (name === '' || name.length > MAX_NAME_CHARS) {
      return [tooMany(at, `a name of 1 to ${MAX_NAME_CHARS} characters`, name.length)];
    }
    if (value.length <= MAX_VALUE_CHARS) return [];
    return [tooMany(at, `at most ${MAX_VALUE_CHARS} characters`, value.length)];
  });
  const lower = new Set(entries.map(([name]) => name.toLowerCase()));
  if (lower.size < entries.length) {
    faults.push(tooMany(path, 'each name once, whatever its case', entries.length));
  }
  if (entries.length <= MAX_PAIRS) return faults;
  return [...faults, tooMany(path, `at most ${MAX_PAIRS} of them`, entries.length)];
}

function headerFault(name: string, value: string): string | undefined {
  if (!HEADER_NAME.test(name)) return 'a header name of RFC 9110';
  if (OWN_HEADERS.has(name)) return 'a header that the request does not set itself';
  if (SECRET_HEADER.test(name)) return 'no credentials: they come from target.api_key_ref';
  if (PROXY_HEADER.test(name)) return 'no header that speaks for a proxy';
  return HEADER_VALUE.test(value) ? undefined : 'a value of printable ASCII characters';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(path: readonly string[], expected: string, name: string): Fault {
  return { pointer: pointerOf(path), code: 'not_allowed', expected, received: received(name) };
}

function tooMany(path: readonly string[], expected: string, count: number): Fault {
  return { pointer: pointerOf(path), code: 'wrong_length', expected, received: String(count) };
}
