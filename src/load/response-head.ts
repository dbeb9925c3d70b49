/** What the headers of an answer say of its body, and the server's wish to be left alone for a while. */

export type HeaderValue = string | string[] | undefined;

/**
 * `stream`: to be read as events (also when the server says nothing of the type). `body`: JSON, so an
 * error or an answer that was not streamed. `foreign`: HTML, or packed although nobody offered to
 * unpack; never unpacked, so a packed bomb stays small.
 */
export type BodyForm = 'stream' | 'body' | 'foreign';

export function bodyForm(headers: Readonly<Record<string, HeaderValue>>): BodyForm {
  const encoding = first(headers['content-encoding']);
  if (encoding !== '' && encoding !== 'identity') return 'foreign';
  const type = first(headers['content-type']);
  if (type.includes('json') && !type.includes('ndjson')) return 'body';
  return type.includes('html') || type.includes('xml') ? 'foreign' : 'stream';
}

/** `Retry-After` in seconds, -1 when absent or a date: a date would need a wall clock to read. */
export function retryAfterSeconds(value: HeaderValue): number {
  const text = first(value);
  return /^\d{1,9}$/.test(text) ? Number(text) : -1;
}

function first(value: HeaderValue): string {
  return ((Array.isArray(value) ? value[0] : value) ?? '').trim().toLowerCase();
}
