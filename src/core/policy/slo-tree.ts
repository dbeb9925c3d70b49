/**
 * One objective's text as a small tree of our own. mathjs parses; this walk accepts an allow-list of
 * its node types and operators, gives every node its place, and never evaluates anything.
 *
 * mathjs keeps no places. Its leaves come in the order of the text, so the names and numbers of the
 * token list are handed out one by one as the walk meets the leaves.
 */
import {
  isConstantNode,
  isFunctionNode,
  isOperatorNode,
  isParenthesisNode,
  isSymbolNode,
  type MathNode,
  parse,
} from 'mathjs/number';
import { err, ok, type Result } from '../base/result.ts';
import { type SloFault, sloFault } from './slo-fault.ts';
import { normalised, type Term, type Token } from './slo-tokens.ts';

interface Placed {
  readonly at: number;
  readonly end: number;
}
export type Comparison = '<' | '<=' | '>' | '>=';
export type Expr = Placed &
  (
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'percent'; readonly of: Expr }
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] }
    | { readonly kind: 'times' | 'per' | 'and'; readonly left: Expr; readonly right: Expr }
    | {
        readonly kind: 'compare';
        readonly operator: Comparison;
        readonly operatorAt: number;
        readonly left: Expr;
        readonly right: Expr;
      }
  );

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  smaller: '<',
  smallerEq: '<=',
  larger: '>',
  largerEq: '>=',
};
const GRAMMAR = 'an objective such as `p99(ttft) < 500 ms`';

export function parseTerm(term: Term, text: string): Result<Expr, SloFault> {
  // A fine percentile is a function's name to mathjs, of the same length.
  const source = normalised(text)
    .replace(/\b(p\d+)\.(\d+)(?=\s*\()/gi, '$1_$2')
    .slice(term.start, term.end);
  const first = term.tokens[0];
  if (first === undefined) return err(sloFault('slo_syntax', GRAMMAR, '`and`', term.start));
  let node: MathNode;
  try {
    node = parse(source);
  } catch (error) {
    return err(syntaxFault(error, term, text));
  }
  try {
    return ok(convert(node, createCursor(term.tokens), text));
  } catch (error) {
    if (error instanceof NotAllowed) return err(error.fault);
    throw error;
  }
}

/** Carries a fault out of the recursive walk; it never leaves this file. */
class NotAllowed extends Error {
  readonly fault: SloFault;
  constructor(fault: SloFault) {
    super(fault.code);
    this.fault = fault;
  }
}

function syntaxFault(error: unknown, term: Term, text: string): SloFault {
  // mathjs puts the 1-based place of a SyntaxError into `char`.
  const char = error instanceof SyntaxError && 'char' in error ? Number(error.char) : 1;
  const at = Math.min(term.end, term.start + Math.max(0, char - 1));
  const what = error instanceof Error ? error.message.replace(/ \(char \d+\)$/, '') : 'unreadable';
  return sloFault('slo_syntax', `${GRAMMAR} (${what})`, text.slice(at, term.end) || 'the end', at);
}

interface Cursor {
  /** The token of the next leaf. */
  leaf(): Token | undefined;
  /** The sign after the last leaf, closing brackets skipped. */
  sign(): Token | undefined;
  /** Offset behind the next closing bracket. */
  closed(): number;
}

function createCursor(tokens: readonly Token[]): Cursor {
  let next = 0;
  return {
    leaf() {
      while (next < tokens.length && isSign(tokens[next])) next += 1;
      return tokens[next++];
    },
    sign() {
      let i = next;
      while (tokens[i]?.text === ')') i += 1;
      return tokens[i];
    },
    closed() {
      const bracket = tokens.slice(next).find((token) => token.text === ')');
      return (bracket?.at ?? tokens.at(-1)?.at ?? 0) + 1;
    },
  };
}

function isSign(token: Token | undefined): boolean {
  return token?.kind === 'symbol' || token?.text === 'and';
}

function convert(node: MathNode, cursor: Cursor, text: string): Expr {
  if (isParenthesisNode(node)) return convert(node.content, cursor, text);
  if (isSymbolNode(node)) {
    const token = take(cursor, 'name', text);
    return { kind: 'name', name: token.text, ...placeOf(token) };
  }
  if (isConstantNode(node)) {
    const token = take(cursor, 'number', text);
    const value = Number(token.text);
    // Also what mathjs reads otherwise than we do, such as 0x10.
    if (node.value !== value) throw notAllowed('a plain number', token, text);
    return { kind: 'number', value, ...placeOf(token) };
  }
  if (isFunctionNode(node)) {
    const token = take(cursor, 'name', text);
    const args = node.args.map((arg) => convert(arg, cursor, text));
    return { kind: 'call', name: token.text, args, at: token.at, end: cursor.closed() };
  }
  if (isOperatorNode(node) && node.args.length === 2) return convertBinary(node, cursor, text);
  const token = cursor.leaf();
  if (node.type === 'RelationalNode') {
    const place = token ?? { at: 0, text: '' };
    throw new NotAllowed(
      sloFault('slo_operator', 'one comparison', text.slice(place.at), place.at),
    );
  }
  throw notAllowed(GRAMMAR, token, text);
}

/** The part of mathjs's OperatorNode that is read here. */
interface BinaryNode {
  readonly fn: string;
  readonly args: readonly MathNode[];
  readonly implicit?: boolean | undefined;
}

function convertBinary(node: BinaryNode, cursor: Cursor, text: string): Expr {
  const [leftNode, rightNode] = node.args;
  if (leftNode === undefined || rightNode === undefined) throw notAllowed(GRAMMAR, undefined, text);
  const fine = finePercentile(node, cursor, text);
  if (fine !== undefined) return fine;
  const left = convert(leftNode, cursor, text);
  const sign = cursor.sign();
  if (node.fn === 'divide' && sign?.text === '%') {
    return { kind: 'percent', of: left, at: left.at, end: sign.at + 1 };
  }
  const right = convert(rightNode, cursor, text);
  const place = { at: left.at, end: right.end };
  const operator = COMPARISONS[node.fn];
  if (operator !== undefined) {
    const operatorAt = sign?.at ?? left.end;
    return { kind: 'compare', operator, operatorAt, left, right, ...place };
  }
  if (node.fn === 'and') return { kind: 'and', left, right, ...place };
  if (node.fn === 'divide') return { kind: 'per', left, right, ...place };
  if (node.fn === 'multiply' && node.implicit === true)
    return { kind: 'times', left, right, ...place };
  throw notAllowed('one of < <= > >= between a measurement and its bound', sign, text);
}

/** `p99.9(ttft)`: mathjs reads p99 × 0.9 × (ttft); it is the percentile that was meant. */
function finePercentile(node: BinaryNode, cursor: Cursor, text: string): Expr | undefined {
  const [product, group] = node.args;
  if (node.fn !== 'multiply' || node.implicit !== true || product === undefined) return undefined;
  if (!isOperatorNode(product) || !isParenthesisNode(group)) return undefined;
  const [name, fraction] = product.args;
  if (!isSymbolNode(name) || !isConstantNode(fraction) || !/^p\d+$/i.test(name.name))
    return undefined;
  const nameToken = take(cursor, 'name', text);
  const fractionToken = take(cursor, 'number', text);
  const touches = nameToken.at + nameToken.text.length === fractionToken.at;
  if (!touches || !/^\.\d+$/.test(fractionToken.text)) {
    throw notAllowed('a percentile such as p99.9', fractionToken, text);
  }
  const arg = convert(group.content, cursor, text);
  const full = nameToken.text + fractionToken.text;
  return { kind: 'call', name: full, args: [arg], at: nameToken.at, end: cursor.closed() };
}

function take(cursor: Cursor, kind: Token['kind'], text: string): Token {
  const token = cursor.leaf();
  if (token === undefined || token.kind !== kind) throw notAllowed(GRAMMAR, token, text);
  return token;
}

function placeOf(token: Token): Placed {
  return { at: token.at, end: token.at + token.text.length };
}

function notAllowed(expected: string, token: Token | undefined, text: string): NotAllowed {
  const at = token?.at ?? text.length;
  return new NotAllowed(sloFault('slo_syntax', expected, token?.text ?? 'the end', at));
}
