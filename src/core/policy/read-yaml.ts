/**
 * YAML as people write it by hand for us (policies, the operator's file): read strictly, every fault of
 * its syntax at once, each with line and column.
 */
import { type Document, isAlias, type LineCounter, parseDocument, visit } from 'yaml';
import type { Fault } from '../base/fault.ts';
import { err, ok, type Result } from '../base/result.ts';
import { shorten } from './slo-fault.ts';

/** YAML 1.2 core, keys unique, no aliases (they can grow a small file without end), no odd tags. */
export function readYaml(text: string, lines: LineCounter): Result<Document, readonly Fault[]> {
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
