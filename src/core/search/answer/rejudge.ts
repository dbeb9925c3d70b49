/**
 * Other objectives over bursts that were measured for some: the same evidence rules and the same
 * certificate, and no decision. The bursts lie where another question wanted them, so a bracket may be
 * wider than a search of its own would have made it; it is not less true.
 */
import { concludeCourse } from '../course.ts';
import type { Observation } from '../observation.ts';
import type { CourseKind, SearchSpec } from '../spec.ts';
import { assessAll, emptyState, validLog } from '../state.ts';
import type { SearchResult, Warning } from './result.ts';

/** How the result says what ended it. */
const REJUDGED = 'rejudged';

/** `drifts`: what the search found out about its target; the pace of decoding knows no objective. */
export function rejudgeLog(
  kind: CourseKind,
  spec: SearchSpec,
  log: readonly Observation[],
  drifts: readonly Warning[],
): SearchResult {
  if (kind === 'gate') {
    return concludeCourse({ kind, spec, loadUnits: spec.minUnits, log }, REJUDGED);
  }
  const warnings = drifts.filter((warning) => warning.kind === 'drift');
  const validFrom = warnings.reduce((from, { atProbe }) => Math.max(from, atProbe), 0);
  const state = { ...emptyState(spec), log, warnings, validFrom };
  return concludeCourse({ ...state, standings: assessAll(spec, validLog(state)) }, REJUDGED);
}
