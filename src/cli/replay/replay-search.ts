/**
 * A stored search decided again: each observation is given to the controller of this program, and what
 * it decides is held against what was decided then. Equal means equal in every key and every bit of
 * every number; the first difference ends the replay, because what was measured after it answers a
 * decision that was not taken.
 */

import type { SearchResult } from '../../core/search/answer/result.ts';
import {
  beginCourse,
  type CourseStep,
  concludeCourse,
  nextOfCourse,
} from '../../core/search/course.ts';
import type { Decision } from '../../core/search/decision.ts';
import type { LogJson } from '../../service/http/to-json/log.ts';
import { resultToJson } from '../../service/http/to-json/search.ts';
import { answerLines, openingLine, storyLine } from '../../view/story-line.ts';

export interface Difference {
  /** JSON pointer into the log. */
  readonly pointer: string;
  /** Both as JSON; `nothing` where there is none. */
  readonly stored: string;
  readonly replayed: string;
}

export interface Replay {
  readonly lines: readonly string[];
  readonly difference?: Difference;
}

export function replaySearch(log: LogJson): Replay {
  const { spec, observations, decisions } = log;
  const lines: string[] = [];
  let step = beginCourse(log.kind ?? 'search', spec);
  lines.push(openingLine(spec, step.decision));
  for (const [i, observation] of observations.entries()) {
    const { decision } = step;
    const difference = differenceOf(`/decisions/${i}`, decisions[i], decision);
    if (difference !== undefined || decision.kind === 'done')
      return { lines, ...(difference && { difference }) };
    step = nextOfCourse(step.state, observation);
    lines.push(
      storyLine(spec, { decided: decision, observation, after: step.state, next: step.decision }),
    );
  }
  const begun = decisions[observations.length];
  const result = resultOf(log, step);
  const difference =
    (begun && differenceOf(`/decisions/${observations.length}`, begun, step.decision)) ??
    endDifference(log, step.decision, result);
  return { lines: [...lines, '', ...answerLines(spec, result)], ...(difference && { difference }) };
}

/**
 * Most searches end by the controller's own decision. One that was cancelled, failed, or spent its
 * budget on bursts that gave no observation was concluded from outside, under the name of its end.
 */
function resultOf(log: LogJson, { state, decision }: CourseStep): SearchResult {
  if (decision.kind === 'done' && (log.state === 'done' || log.result === null)) {
    return decision.result;
  }
  return concludeCourse(state, log.result?.stopped ?? log.state);
}

function endDifference(log: LogJson, last: Decision, result: SearchResult): Difference | undefined {
  // Not ended, or ended before there was anything to conclude from.
  if (log.result === null) return undefined;
  if (log.state === 'done' && last.kind === 'probe' && log.result.stopped !== 'budget') {
    return { pointer: '/result/stopped', stored: quoted(log.result.stopped), replayed: 'nothing' };
  }
  return differenceOf('/result', log.result, resultToJson(result));
}

/** The first place at which two values differ as JSON, keys in the order of the stored one. */
export function differenceOf(
  pointer: string,
  stored: unknown,
  replayed: unknown,
): Difference | undefined {
  if (Object.is(stored, replayed)) return undefined;
  if (!isNest(stored) || !isNest(replayed) || Array.isArray(stored) !== Array.isArray(replayed)) {
    return { pointer, stored: quoted(stored), replayed: quoted(replayed) };
  }
  const [before, after] = [new Map(Object.entries(stored)), new Map(Object.entries(replayed))];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const found = differenceOf(`${pointer}/${key}`, before.get(key), after.get(key));
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNest(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function quoted(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}
