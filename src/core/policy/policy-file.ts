/**
 * A policy file: a named question in YAML, in the spelling of the API. Parsed strictly; all faults
 * come at once, each with the line and column of the file, SLO texts included.
 */
import { LineCounter } from 'yaml';
import type { Fault } from '../base/fault.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { SloTier } from './objective.ts';
import { locate } from './policy-place.ts';
import { loadFaults, requiredFaults, sloFaults } from './question-checks.ts';
import { DEFAULT_AXIS } from './question-defaults.ts';
import { type PolicyContent, policyFileSchema } from './question-schema.ts';
import { readYaml } from './read-yaml.ts';
import { pointerOf, shapeFaults, valueAt } from './shape-faults.ts';
import { tiersOf } from './tiers.ts';
import { endpointFaults, streamlessFaults } from './workload/endpoint-checks.ts';
import { unknownPartFaults } from './workload/slo-parts.ts';
import { mergedWorkloadFaults, workloadFaults } from './workload/workload-checks.ts';

/** Ten times the longest shipped policy, comments included. */
export const MAX_POLICY_CHARS = 65_536;

export interface PolicyFile {
  readonly name: string;
  readonly description: string;
  readonly tiers: readonly SloTier[];
  /** The file as it stands, in the spelling of the API. */
  readonly content: PolicyContent;
}

export function parsePolicyFile(text: string): Result<PolicyFile, readonly Fault[]> {
  if (text.length > MAX_POLICY_CHARS) {
    const expected = `at most ${MAX_POLICY_CHARS} characters`;
    const received = `${text.length} characters`;
    return err([{ pointer: '', code: 'wrong_length', expected, received, line: 1, column: 1 }]);
  }
  const lines = new LineCounter();
  const read = readYaml(text, lines);
  if (!read.ok) return err(read.error);
  const document = read.value;
  const given: unknown = document.toJS();
  const shape = policyFileSchema.safeParse(given);
  const faults = [
    ...(shape.success ? [] : shapeFaults(shape.error.issues, given)),
    ...sloFaults(given),
    ...loadFaults(valueAt(given, ['load']), undefined, (...path) => pointerOf(path)),
    ...workloadFaults(given),
    ...endpointFaults(valueAt(given, ['workload']), (...path) => pointerOf(path)),
    ...mergedWorkloadFaults(
      valueAt(given, ['workload']),
      valueAt(given, ['load', 'axis']) ?? DEFAULT_AXIS,
      (...path) => pointerOf(path),
    ),
    ...streamlessFaults(valueAt(given, ['slo']), valueAt(given, ['workload'])),
    ...unknownPartFaults(valueAt(given, ['slo']), valueAt(given, ['workload'])),
    ...requiredFaults(
      valueAt(given, ['gates', 'at_least']),
      valueAt(given, ['load', 'axis']),
      undefined,
      '/gates/at_least',
    ),
  ];
  const tiers = shape.success ? tiersOf(shape.data.slo) : undefined;
  if (!shape.success || tiers === undefined || faults.length > 0) {
    return err(faults.map((fault) => locate(fault, document, text, lines)));
  }
  const { name, description } = shape.data;
  return ok({ name, description, tiers, content: shape.data });
}
