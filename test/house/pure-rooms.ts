/**
 * What a pure file may not name: whatever gives another answer the next time, or is seen outside. A
 * search is a replay of its log; one clock or one random number in here and it no longer is.
 */
import { Visitor } from 'oxc-parser';
import type { SourceFile } from './source-tree.ts';

const IMPURE_NAMES = new Set([
  'performance',
  'process',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'crypto',
  'navigator',
  'globalThis',
  'Intl',
  'Worker',
  'EventSource',
  'WebSocket',
]);
/** Depend on the machine's locale and time zone. */
const LOCALE = /^(toLocale|localeCompare|getTimezoneOffset)/;

/** `line: name` of everything impure in the file. */
export function impurities(source: SourceFile): string[] {
  const found: string[] = [];
  const lineAt = (offset: number): number => source.text.slice(0, offset).split('\n').length;
  const report = (offset: number, what: string): void => {
    found.push(`${source.path}:${lineAt(offset)} ${what}`);
  };
  /** Starts of names that are only labels: `x.process`, `{ process: 1 }`, a field of an interface. */
  const labels = new Set<number>();
  new Visitor({
    MemberExpression(node) {
      if (node.computed || node.property.type !== 'Identifier') return;
      labels.add(node.property.start);
      const { object, property } = node;
      if (object.type === 'Identifier' && object.name === 'Math' && property.name === 'random') {
        report(node.start, 'Math.random');
      }
      if (object.type === 'Identifier' && object.name === 'Date' && property.name === 'now') {
        report(node.start, 'Date.now');
      }
      if (LOCALE.test(property.name)) report(property.start, property.name);
    },
    Property: (node) => {
      if (!node.computed && !node.shorthand) labels.add(node.key.start);
    },
    TSPropertySignature: (node) => {
      labels.add(node.key.start);
    },
    TSMethodSignature: (node) => {
      labels.add(node.key.start);
    },
    PropertyDefinition: (node) => {
      labels.add(node.key.start);
    },
    MethodDefinition: (node) => {
      labels.add(node.key.start);
    },
    NewExpression(node) {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
      if (isDate && node.arguments.length === 0) report(node.start, 'new Date()');
    },
    CallExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date') {
        report(node.start, 'Date()');
      }
    },
    Identifier(node) {
      if (IMPURE_NAMES.has(node.name) && !labels.has(node.start)) report(node.start, node.name);
    },
  }).visit(source.parsed.program);
  return found;
}
