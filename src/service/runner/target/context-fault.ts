/**
 * Do the workload's requests fit the model's context? What does not fit is a 400 of the server, not a
 * slow answer: a search of such a workload would measure refusals.
 */
import { isWhole } from '../../../core/dialect/endpoint.ts';
import { lengthAtScore } from '../../../core/workload/lengths.ts';
import { partsOf } from '../../../core/workload/parts.ts';
import { longestRow } from '../../../core/workload/readers/row-sample.ts';
import type { RequestSpec, WorkloadSpec } from '../../../core/workload/spec.ts';
import type { TargetFault, WorkloadFiles } from '../../engine/engine-port.ts';

/** Normal score of the 99th percentile: what is rarer is the server's to refuse, and counts as bad. */
const P99_SCORE = 2.326;

/** `maxModelLen`: tokens of one request, as far as the target says so. */
export function contextFault(
  workload: WorkloadSpec,
  files: WorkloadFiles['files'],
  maxModelLen: number | undefined,
): TargetFault | undefined {
  if (maxModelLen === undefined) return undefined;
  for (const [index, { name, request }] of partsOf(workload).entries()) {
    const file = files.get(index);
    const tokens = file === undefined ? drawnTokens(request) : longestRow(file.sample);
    if (tokens <= maxModelLen) continue;
    const what = file === undefined ? 'one request in a hundred' : 'the longest row of the file';
    return {
      reason: 'workload_exceeds_context',
      detail: `${what} of part ${name} has ${tokens} tokens in and out; the target takes ${maxModelLen}`,
    };
  }
  return undefined;
}

function drawnTokens(request: RequestSpec): number {
  if (request.kind !== 'synthetic') return 0;
  const input = lengthAtScore(request.inputTokens, P99_SCORE);
  if (isWhole(request.endpoint)) return input;
  if (request.pairs !== undefined) {
    return Math.max(...request.pairs.map((pair) => pair.input + pair.output));
  }
  const output = lengthAtScore(request.outputTokens, P99_SCORE);
  const shared = request.sharedPrefix;
  const prefix = shared === undefined ? 0 : lengthAtScore(shared.tokens, P99_SCORE);
  const turns = request.turns === undefined ? 1 : lengthAtScore(request.turns.count, P99_SCORE);
  return prefix + turns * (input + output);
}
