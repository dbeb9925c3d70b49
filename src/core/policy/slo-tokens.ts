/**
 * Cuts an SLO text into tokens with their places, before mathjs sees it. It does three things that
 * mathjs does not: it knows columns, it bounds length, nesting and size (mathjs recurses), and it cuts
 * at the outermost `and`, so that one broken objective does not hide the faults of the others.
 */
import { type SloFault, sloFault } from './slo-fault.ts';

/** An SLO of sixteen objectives takes about 600 characters. */
export const MAX_TEXT_CHARS = 2_000;
/** `attainment((...))` needs two; the rest is grace. */
export const MAX_DEPTH = 8;
/** Sixteen objectives with attainment bounds take about 200. */
export const MAX_TOKENS = 500;

export interface Token {
  readonly kind: 'name' | 'number' | 'symbol';
  readonly text: string;
  /** 0-based offset into the whole text. */
  readonly at: number;
}

/** The tokens of one objective and where its text begins and ends. */
export interface Term {
  readonly tokens: readonly Token[];
  readonly start: number;
  readonly end: number;
}

/** `p99.9(` is one word: mathjs would read a product. */
const TOKEN =
  /\s+|p\d+\.\d+(?=\s*\()|[a-z_][a-z0-9_]*|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|<=|>=|[<>()%/,]/iy;
/** mathjs reads these as operators or constants, not as names. */
const RESERVED = /^(or|xor|not|mod|to|in|true|false|null|undefined|nan|infinity|end)$/i;
const ALLOWED = 'names, numbers, units, ( ) < <= > >= % / and the word `and`';

export interface Scan {
  readonly terms: readonly Term[];
  readonly faults: readonly SloFault[];
}

/** Micro signs to `u`, any white space to a blank, `AND` to `and`: nothing moves its place. */
export function normalised(text: string): string {
  return text
    .replace(/[µμ]/g, 'u')
    .replace(/\s/g, ' ')
    .replace(/\band\b/gi, 'and');
}

export function scan(text: string): Scan {
  if (text.length > MAX_TEXT_CHARS) {
    const expected = `at most ${MAX_TEXT_CHARS} characters`;
    return failed(sloFault('slo_too_long', expected, `${text.length} characters`, MAX_TEXT_CHARS));
  }
  const faults: SloFault[] = [];
  const tokens = tokenise(normalised(text), faults);
  if (tokens.length > MAX_TOKENS) {
    const at = tokens[MAX_TOKENS]?.at ?? 0;
    const expected = `at most ${MAX_TOKENS} words, numbers and signs`;
    return failed(sloFault('slo_too_complex', expected, `${tokens.length} of them`, at));
  }
  const tooDeep = firstTooDeep(tokens);
  if (tooDeep !== undefined) {
    const expected = `brackets nested at most ${MAX_DEPTH} deep`;
    return failed(sloFault('slo_too_deep', expected, text.slice(tooDeep.at), tooDeep.at));
  }
  if (tokens.length === 0) {
    const expected = 'objectives such as `p99(ttft) < 500 ms`, joined by `and`';
    return {
      terms: [],
      faults: faults.length > 0 ? faults : [sloFault('slo_empty', expected, text, 0)],
    };
  }
  return { terms: splitTerms(tokens, text.length), faults };
}

function failed(fault: SloFault): Scan {
  return { terms: [], faults: [fault] };
}

/** Characters that no SLO needs are faults of their own and are left out. */
function tokenise(text: string, faults: SloFault[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const word = TOKEN.exec(text)?.[0];
    if (word === undefined) {
      const run = /^[^\sa-z0-9_<>()%/,]+/i.exec(text.slice(at))?.[0] ?? text.charAt(at);
      faults.push(sloFault('slo_syntax', ALLOWED, run, at));
      at += run.length;
      continue;
    }
    if (word.trim() !== '') {
      if (RESERVED.test(word))
        faults.push(sloFault('slo_operator', 'objectives joined by `and`', word, at));
      tokens.push({ kind: kindOf(word), text: word, at });
    }
    at += word.length;
  }
  return tokens;
}

function kindOf(word: string): Token['kind'] {
  if (/^[a-z_]/i.test(word)) return 'name';
  return /^[\d.]/.test(word) ? 'number' : 'symbol';
}

function firstTooDeep(tokens: readonly Token[]): Token | undefined {
  let depth = 0;
  return tokens.find((token) => {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    return depth > MAX_DEPTH;
  });
}

function splitTerms(tokens: readonly Token[], length: number): Term[] {
  const terms: Term[] = [];
  let depth = 0;
  let first = 0;
  let start = 0;
  tokens.forEach((token, i) => {
    if (token.text === '(') depth += 1;
    // A bracket too many must not hide the `and`s behind it.
    if (token.text === ')') depth = Math.max(0, depth - 1);
    if (token.text !== 'and' || depth > 0) return;
    terms.push({ tokens: tokens.slice(first, i), start, end: token.at });
    first = i + 1;
    start = token.at + token.text.length;
  });
  terms.push({ tokens: tokens.slice(first), start, end: length });
  return terms;
}
