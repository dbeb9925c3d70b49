/**
 * What differs between the routes of searches and those of gates, which are one resource in two kinds: where
 * they are found, what they are called, the shapes of their bodies. `course-calls.ts` and `course-data.ts`
 * make the routes of either from it.
 */
import type { z } from 'zod';
import type { ProblemCode } from '../errors.ts';

export interface CourseFace {
  readonly path: '/v1/searches' | '/v1/gates';
  readonly tag: 'searches' | 'gates';
  /** `A search that failed ..`. */
  readonly noun: 'search' | 'gate';
  readonly notFound: ProblemCode;
  readonly create: Said & { readonly body: z.ZodType; readonly example: unknown };
  readonly listSummary: string;
  readonly readDescription: string;
  readonly whole: z.ZodType;
  readonly list: z.ZodType;
  readonly summaryExample: unknown;
  readonly frontier: Said;
  readonly eventsDescription: string;
  readonly rejudge: { readonly body: z.ZodType; readonly example: unknown };
}

/** `summary` over the route, `description` under it; of a frontier: over what is answered. */
export interface Said {
  readonly summary: string;
  readonly description: string;
}
