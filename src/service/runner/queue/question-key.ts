/** Names for what two searches may share: the question and the target. */
import { createHash } from 'node:crypto';
import type { Question } from '../../../core/policy/question.ts';
import type { CourseKind } from '../../../core/search/spec.ts';
import { checkTargetAllowed, type Resolve } from '../../access/target-guard.ts';
import type { TargetRules } from '../../access/target-rules.ts';

/** Equal for equal questions; labels only name a search, they do not change what is measured. */
export function questionHash(kind: CourseKind, question: Question): string {
  const { labels: _labels, ...asked } = question;
  return createHash('sha256')
    .update(`${kind} ${canonicalJson(asked)}`)
    .digest('hex');
}

/**
 * `localhost:8000`, `127.0.0.1:8000` and `[::1]:8000` are one target, as are two names of one machine:
 * address and port tell targets apart. A name that is not allowed keeps its own spelling;
 * the search will fail by itself when its turn comes.
 */
export async function targetKey(
  baseUrl: string,
  resolve: Resolve,
  rules: TargetRules,
): Promise<string> {
  const allowed = await checkTargetAllowed(baseUrl, resolve, rules);
  return allowed.ok ? allowed.value.key : baseUrl;
}

/** Members in one order, so that the same value is the same text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
