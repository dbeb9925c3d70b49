/**
 * JSON as it is stored: text that comes back as exactly what went in. A number that JSON cannot hold
 * would come back as null and change a replay, so it is a broken invariant here.
 */
import { assert } from '../../core/base/result.ts';

export function toJsonText(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    assert(typeof part !== 'number' || Number.isFinite(part), `not a JSON number at "${key}"`);
    return part;
  });
}

/** The parse edge: only this store writes these columns, so their shape is the writer's. */
export function fromJsonText<T>(text: string): T {
  return JSON.parse(text) as T;
}
