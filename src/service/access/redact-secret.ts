/**
 * What a target says may hold the very key that we sent it (some echo it in their errors). Before anything
 * of it is stored, logged or returned, every spelling of the key is cut out.
 */
const CUT = '[redacted]';
/** A key of one or two characters is a dummy, and would cut holes into ordinary words. */
const MIN_SECRET_CHARS = 4;
/** Far above what is kept of any answer. */
const MAX_DEPTH = 8;

/** The value with every text in it cleaned; objects and lists are copied, other values stay. */
export function redactSecret<T>(value: T, headers: Readonly<Record<string, string>>): T {
  const spellings = Object.values(headers).flatMap(spellingsOf);
  // The shape is kept: texts stay texts, so the type does too.
  return spellings.length === 0 ? value : (clean(value, spellings, 0) as T);
}

function clean(value: unknown, spellings: readonly string[], depth: number): unknown {
  if (typeof value === 'string') {
    return spellings.reduce((text, spelling) => text.replaceAll(spelling, CUT), value);
  }
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => clean(item, spellings, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      clean(key, spellings, depth + 1),
      clean(item, spellings, depth + 1),
    ]),
  );
}

function spellingsOf(header: string): string[] {
  const secret = header.replace(/^\w+ /, '');
  if (secret.length < MIN_SECRET_CHARS) return [];
  const spellings = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(header).toString('base64'),
  ];
  // Longer ones first, so that none is left half.
  return [...new Set(spellings)].toSorted((a, b) => b.length - a.length);
}
