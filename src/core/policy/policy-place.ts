/** Finds the line and column in a policy file that a fault speaks of. */
import { type Document, isCollection, isMap, isNode, isScalar, type LineCounter } from 'yaml';
import type { Fault } from '../base/fault.ts';

/**
 * A fault with its place in the file. A fault inside an SLO text keeps its own line and column as an
 * offset into that text; a missing key is placed at the object that lacks it.
 */
export function locate(
  fault: Fault,
  document: Document,
  source: string,
  lines: LineCounter,
): Fault {
  const path = pathOf(fault.pointer);
  const at = offsetOf(fault, path, document, source);
  const { line, col } = lines.linePos(at);
  return { ...fault, line: Math.max(1, line), column: Math.max(1, col) };
}

function offsetOf(
  fault: Fault,
  path: readonly string[],
  document: Document,
  source: string,
): number {
  let node: unknown = document.contents;
  let at = startOf(node);
  for (const [depth, key] of path.entries()) {
    if (!isCollection(node)) break;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
      if (pair === undefined) break;
      if (depth === path.length - 1 && fault.code === 'unknown_key') return startOf(pair.key);
      at = startOf(pair.value ?? pair.key);
    }
    node = node.get(isMap(node) ? key : Number(key), true);
    if (isNode(node)) at = startOf(node);
  }
  if (!isScalar(node) || typeof node.value !== 'string' || fault.column === undefined) return at;
  return insideText(node.value, valueOffset(node.value, fault), source, at);
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** Offset into the text from its own line and column. */
function valueOffset(value: string, fault: Fault): number {
  const before = value.split('\n').slice(0, (fault.line ?? 1) - 1);
  return before.reduce((sum, line) => sum + line.length + 1, 0) + (fault.column ?? 1) - 1;
}

/**
 * From an offset in a scalar's value to one in the file. Quotes, block headers and folding add and
 * remove white space and marks only before the first word or between words, so the words are counted:
 * the value's n-th visible character is the n-th of the source behind the header.
 */
function insideText(value: string, offset: number, source: string, start: number): number {
  const wanted = visible(value.slice(0, offset));
  const header = /^(?:["']|[|>][^\n]*\n)?/.exec(source.slice(start))?.[0].length ?? 0;
  let seen = 0;
  let at = start + header;
  for (; at < source.length; at++) {
    if (/\s/.test(source.charAt(at))) continue;
    if (seen === wanted) return at;
    seen += 1;
  }
  return at;
}

function visible(text: string): number {
  return text.replace(/\s/g, '').length;
}

function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
