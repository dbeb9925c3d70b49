/**
 * Reads a JSON body that may be anything: too long, too deep, not UTF-8, not JSON, or JSON with keys
 * that would touch prototypes. Bytes are counted while they come, depth before anything recurses.
 */
import type { Fault } from '../../core/base/fault.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { MAX_BODY_BYTES } from './errors.ts';
import { duplicateKeys } from './json-duplicates.ts';
import { jsonFaultAt } from './json-place.ts';

export type BodyRefusal =
  | { readonly kind: 'too_large' }
  | { readonly kind: 'media_type'; readonly fault: Fault }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/** Deepest nesting of objects and arrays; the deepest valid request has five. */
const MAX_DEPTH = 32;
/** Longest received text that a fault quotes. */
const MAX_QUOTE = 80;
const WHOLE_BODY = '';

export async function readJsonBody(request: Request): Promise<Result<unknown, BodyRefusal>> {
  const mediaFault = mediaTypeFault(request.headers);
  const bytes = await readBytes(request);
  if (bytes === undefined) return err({ kind: 'too_large' });
  if (mediaFault !== undefined) return err({ kind: 'media_type', fault: mediaFault });
  return parseJsonBytes(bytes);
}

export function parseJsonBytes(bytes: Uint8Array): Result<unknown, BodyRefusal> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return invalid('invalid_utf8', 'a body in UTF-8', `${bytes.length} bytes that are not UTF-8`);
  }
  const depth = deepest(text);
  if (depth > MAX_DEPTH) {
    return invalid('too_deep', `at most ${MAX_DEPTH} levels of nesting`, `${depth} levels`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err({ kind: 'invalid', faults: [syntaxFault(text)] });
  }
  const faults = [...prototypeFaults(value, WHOLE_BODY), ...duplicateKeys(text)];
  return faults.length > 0 ? err({ kind: 'invalid', faults }) : ok(value);
}

function mediaTypeFault(headers: Headers): Fault | undefined {
  const given = headers.get('content-type') ?? '';
  const [type = '', ...parameters] = given.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((part) => part.startsWith('charset='))?.slice('charset='.length);
  const isJson = type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type);
  const isUtf8 = charset === undefined || /^"?utf-?8"?$/.test(charset);
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (isJson && isUtf8 && encoding.toLowerCase() === 'identity') return undefined;
  const name = isJson && isUtf8 ? 'content-encoding' : 'content-type';
  return {
    pointer: `header:${name}`,
    code: 'unsupported_media_type',
    expected: name === 'content-type' ? 'application/json (UTF-8)' : 'identity',
    received: quote(headers.get(name) ?? 'none'),
  };
}

/** Undefined as soon as the body is over its limit; the rest is not read. */
async function readBytes(request: Request): Promise<Uint8Array | undefined> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > MAX_BODY_BYTES) return undefined;
  if (request.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Deepest nesting of brackets outside strings, right also for text that is not JSON. */
function deepest(text: string): number {
  let depth = 0;
  let most = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') most = Math.max(most, ++depth);
    else if (char === '}' || char === ']') depth -= 1;
  }
  return most;
}

function syntaxFault(text: string): Fault {
  const position = jsonFaultAt(text);
  const before = text.slice(0, position);
  const received = position >= text.length ? 'the end of the body' : quote(text.slice(position));
  return {
    pointer: WHOLE_BODY,
    code: 'invalid_json',
    expected: 'a JSON object',
    received: text.length === 0 ? 'an empty body' : received,
    line: before.split('\n').length,
    column: position - before.lastIndexOf('\n'),
  };
}

/** `__proto__` is a key like others to JSON.parse, and a door to everyone who copies objects. */
function prototypeFaults(value: unknown, pointer: string): Fault[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => prototypeFaults(item, `${pointer}/${i}`));
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const place = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (key !== '__proto__') return prototypeFaults(item, place);
    return [{ pointer: place, code: 'unknown_key', expected: 'no such key', received: key }];
  });
}

function invalid(code: string, expected: string, received: string): Result<never, BodyRefusal> {
  const fault: Fault = { pointer: WHOLE_BODY, code, expected, received };
  return err({ kind: 'invalid', faults: [fault] });
}

/** One printable line, shortened. */
export function quote(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cs}]+/gu, ' ');
  return line.length > MAX_QUOTE ? `${line.slice(0, MAX_QUOTE)}…` : line;
}
