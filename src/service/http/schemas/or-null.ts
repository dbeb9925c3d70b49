/** Null where a thing is missing. `.nullable()` would make the named component itself nullable everywhere. */
import { z } from 'zod';

export function orNull<S extends z.ZodType>(schema: S) {
  return z.union([schema, z.null()]);
}
