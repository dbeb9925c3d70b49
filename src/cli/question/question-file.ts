/**
 * `plimsoll.yaml`: the parts of a question that a team keeps in its repository, in the spelling of the
 * API. Options on the command line win over it. What its values mean is checked where every body is: by
 * the service.
 */
import { readFileSync, statSync } from 'node:fs';
import { LineCounter } from 'yaml';
import { err, ok, type Result } from '../../core/base/result.ts';
import { readYaml } from '../../core/policy/read-yaml.ts';
import { messageOf } from '../exit.ts';

const DEFAULT_FILE = 'plimsoll.yaml';
/** Far above any question; a data file given by mistake is told as such. */
const MAX_BYTES = 1_000_000;

export type Body = Readonly<Record<string, unknown>>;

export interface QuestionFile {
  /** Absent: there is none, and nobody asked for one. */
  readonly path?: string;
  readonly body: Body;
}

export function readQuestionFile(
  asked: string | undefined,
): Result<QuestionFile, readonly string[]> {
  const path = asked ?? DEFAULT_FILE;
  try {
    const stat = statSync(path, { throwIfNoEntry: asked !== undefined });
    if (stat === undefined) return ok({ body: {} });
    if (stat.size > MAX_BYTES) return err([`${path} has more than ${MAX_BYTES} bytes`]);
    return parse(path, readFileSync(path, 'utf8'));
  } catch (error) {
    return err([messageOf(error)]);
  }
}

function parse(path: string, text: string): Result<QuestionFile, readonly string[]> {
  const document = readYaml(text, new LineCounter());
  if (!document.ok) {
    return err(
      document.error.map(
        (fault) =>
          `${path}, line ${fault.line}, column ${fault.column}: expected ${fault.expected}, got ${fault.received}`,
      ),
    );
  }
  const body: unknown = document.value.toJS();
  if (!isBody(body)) return err([`${path}: expected keys as in the body of POST /v1/searches`]);
  return ok({ path, body });
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Key by key, one level down: `--max` changes the load's end and keeps its axis. */
export function merge(weak: Body, strong: Body): Body {
  const merged: Record<string, unknown> = { ...weak };
  for (const [key, value] of Object.entries(strong)) {
    const before = merged[key];
    merged[key] = isBody(before) && isBody(value) ? { ...before, ...value } : value;
  }
  return merged;
}
