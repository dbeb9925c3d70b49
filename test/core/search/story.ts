/**
 * A search told as text, so that a change of the controller shows as a difference that a person can
 * judge: what was asked of which target, a line a probe, the answer.
 */
import type { SearchResult } from '../../../src/core/search/answer/result.ts';
import type { SearchSpec } from '../../../src/core/search/spec.ts';
import { answerLines, type StoryLine, storyLine } from '../../../src/view/story-line.ts';

export interface StoryHead {
  readonly title: string;
  /** The question, the target and, where it is known, the truth; one line each. */
  readonly facts: readonly string[];
}

/** The whole story: head, one line a probe, the answer. */
export function tell(
  head: StoryHead,
  spec: SearchSpec,
  lines: readonly StoryLine[],
  result: SearchResult,
): string {
  return [
    head.title,
    ...head.facts.map((fact) => `  ${fact}`),
    '',
    ...lines.map((line) => storyLine(spec, line)),
    '',
    ...answerLines(spec, result),
    '',
  ].join('\n');
}
