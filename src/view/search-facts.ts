/** What the pages and reports need to know of one search, whoever keeps it. */
import type { Question } from '../core/policy/question.ts';
import type { SearchResult } from '../core/search/answer/result.ts';
import type { CourseKind } from '../core/search/spec.ts';

/** What is known of one search or gate; the service's record of it has this shape. */
export interface SearchFacts {
  readonly id: string;
  readonly kind: CourseKind;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'expired';
  readonly question: Question;
  readonly reason?: string;
  readonly detail?: string;
  readonly result?: SearchResult;
}
