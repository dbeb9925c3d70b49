/**
 * What the service refused, as an error for the command's end: a fault of the question is a fault of the
 * command line (2), everything else is the service's (4). The problem document's faults are kept, so that
 * each can be shown at the option it came from.
 */
import { z } from 'zod';
import { CommandError, EXIT } from '../exit.ts';

const problemSchema = z.object({
  code: z.string(),
  title: z.string().optional(),
  detail: z.string().nullish(),
  errors: z
    .array(
      z.object({
        pointer: z.string(),
        expected: z.string(),
        received: z.string(),
        line: z.number().nullish(),
        column: z.number().nullish(),
      }),
    )
    .optional(),
});

export type ProblemFault = NonNullable<z.infer<typeof problemSchema>['errors']>[number];

/** Where in a text or a data file: ` (line 1, column 5)`, ` (line 2)`; nothing where it has no lines. */
export function faultAt({ line, column }: Pick<ProblemFault, 'line' | 'column'>): string {
  if (line == null) return '';
  return column == null ? ` (line ${line})` : ` (line ${line}, column ${column})`;
}

export class Refusal extends CommandError {
  readonly code: string;
  readonly faults: readonly ProblemFault[];
  constructor(status: number, text: string) {
    const problem = readProblem(text);
    super(words(status, text, problem), isQuestion(status) ? EXIT.usage : EXIT.targetOrService);
    this.code = problem?.code ?? `http_${status}`;
    this.faults = problem?.errors ?? [];
  }
}

type Problem = z.infer<typeof problemSchema>;

/** The body, its size, a value in it, or the same key with another body. */
function isQuestion(status: number): boolean {
  return status === 400 || status === 413 || status === 415 || status === 422;
}

function readProblem(text: string): Problem | undefined {
  try {
    return problemSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const MAX_SHOWN = 300;

function words(status: number, text: string, problem: Problem | undefined): string {
  if (problem === undefined) return `the service answered ${status}: ${text.slice(0, MAX_SHOWN)}`;
  const said = problem.detail ?? problem.title ?? problem.code;
  const hint =
    status === 401 || status === 403 ? ' (PLIMSOLL_TOKEN or PLIMSOLL_TOKEN_FILE is the key)' : '';
  return `the service refused (${status} ${problem.code}): ${said}${hint}`;
}
