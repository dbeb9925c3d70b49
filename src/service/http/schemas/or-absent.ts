/**
 * A member that is there or is not, and never undefined. The maker of the document takes zod's exact
 * optional for required, because it does not accept undefined; so the member is marked, and the mark is
 * taken off again where the document is made (`openapi.ts`).
 */
import { z } from 'zod';

const MARK = 'x-absent';

export function orAbsent<S extends z.ZodType>(schema: S, description?: string) {
  const marked = z.exactOptional(schema).meta({ [MARK]: true });
  return description === undefined ? marked : marked.meta({ [MARK]: true, description });
}

/** The document as plain JSON without marks; what was marked is not required. */
export function withoutMarks<T>(document: T): T {
  return JSON.parse(JSON.stringify(unmarked(document)));
}

function unmarked(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(unmarked);
  if (!isObject(part)) return part;
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(part)) {
    if (key !== MARK) plain[key] = unmarked(value);
  }
  const { properties, required } = part;
  if (!isObject(properties) || !Array.isArray(required)) return plain;
  const left = required.filter((name: string) => !isMarked(properties[name]));
  if (left.length > 0) return { ...plain, required: left };
  const { required: _none, ...rest } = plain;
  return rest;
}

function isMarked(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  // A named schema carries what is said of this place beside its reference.
  return (
    schema[MARK] === true || (Array.isArray(schema['allOf']) && schema['allOf'].some(isMarked))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
