/**
 * A policy file: a named question in YAML, in the spelling of the API. Parsed strictly; all faults
 * come at once, each with the line and column of the file, SLO texts included.
 */
import { type Document, isAlias, LineCounter, parseDocument, visit } from 'yaml';
import type { Fault } from '../base/fault.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { SloTier } from './objective.ts';
import { locate } from './policy-place.ts';
import { loadFaults, sloFaults, workloadFaults } from './question-checks.ts';
import { type PolicyContent, policyFileSchema } from './question-schema.ts';
import { pointerOf, shapeFaults, valueAt } from './shape-faults.ts';
import { shorten } from './slo-fault.ts';
import { tiersOf } from './tiers.ts';

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
  ];
  const tiers = shape.success ? tiersOf(shape.data.slo) : undefined;
  if (!shape.success || tiers === undefined || faults.length > 0) {
    return err(faults.map((fault) => locate(fault, document, text, lines)));
  }
  const { name, description } = shape.data;
  return ok({ name, description, tiers, content: shape.data });
}

/** YAML 1.2 core, keys unique, no aliases (they can grow a small file without end), no odd tags. */
function readYaml(text: string, lines: LineCounter): Result<Document, readonly Fault[]> {
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      stringKeys: true,
      logLevel: 'error',
      merge: false,
      prettyErrors: false,
      lineCounter: lines,
    });
  } catch (error) {
    // The parser is recursive: thousands of nested brackets end its stack.
    if (!(error instanceof RangeError)) throw error;
    return err([yamlFault('nested too deep', text, 0, lines)]);
  }
  const faults = [...document.errors, ...document.warnings].map((problem) =>
    yamlFault(problem.message, text, problem.pos[0], lines),
  );
  visit(document, (_, node) => {
    if (isAlias(node)) faults.push(yamlFault('no aliases', text, node.range?.[0] ?? 0, lines));
  });
  return faults.length > 0 ? err(faults) : ok(document);
}

function yamlFault(message: string, text: string, at: number, lines: LineCounter): Fault {
  const { line, col } = lines.linePos(at);
  const received = shorten(text.slice(at, text.indexOf('\n', at) >>> 0)) || 'the end';
  const expected = `YAML: ${message}`;
  return {
    pointer: '',
    code: 'yaml_syntax',
    expected,
    received,
    line: Math.max(1, line),
    column: Math.max(1, col),
  };
}
