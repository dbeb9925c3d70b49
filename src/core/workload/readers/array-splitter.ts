/**
 * Cuts one JSON array into the texts of its elements while it streams: a ShareGPT file is 670 MB in one
 * array, and nobody holds that to read one conversation after another. Only brackets and strings are
 * followed; whether an element is JSON is its reader's to find out.
 */

/** Longer than any conversation; an element without an end must not fill the memory. */
export const MAX_ELEMENT_CHARS = 16_777_216;

export interface ArrayElement {
  readonly text: string;
  /** Line on which it begins, from 1. */
  readonly line: number;
}

export interface ArraySplitter {
  /** The elements that end in this piece. */
  push(piece: string): readonly ArrayElement[];
  /** Why the whole is no array; undefined when it is one that has ended. */
  readonly fault: { readonly line: number; readonly expected: string } | undefined;
  end(): void;
}

type Place = 'before' | 'between' | 'inside' | 'after';

export function createArraySplitter(): ArraySplitter {
  let place: Place = 'before';
  let depth = 0;
  let inString = false;
  let escaped = false;
  let kept = '';
  let line = 1;
  let startLine = 1;
  let fault: ArraySplitter['fault'];

  /** Outside of elements; true when an element begins here. */
  function outside(char: string): boolean {
    if (char <= ' ' || char === '\uFEFF') return false;
    if (place === 'before' && char === '[') place = 'between';
    else if (place === 'between' && char === ']') place = 'after';
    else if (place === 'between' && char === '{') return true;
    else if (place !== 'between' || char !== ',') {
      const expected = place === 'after' ? 'nothing behind the array' : 'a JSON array of objects';
      fault ??= { line, expected };
    }
    return false;
  }

  /** Inside of an element; true when it ends with this character. */
  function inside(char: string): boolean {
    if (inString) {
      if (escaped) escaped = false;
      else if (char === '\\') escaped = true;
      else if (char === '"') inString = false;
      return false;
    }
    if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    return depth === 0;
  }

  return {
    push(piece) {
      const elements: ArrayElement[] = [];
      let from = 0;
      for (let i = 0; i < piece.length && fault === undefined; i++) {
        const char = piece.charAt(i);
        if (char === '\n') line += 1;
        if (place !== 'inside') {
          if (!outside(char)) continue;
          place = 'inside';
          depth = 1;
          from = i;
          startLine = line;
        } else if (inside(char)) {
          elements.push({ text: kept + piece.slice(from, i + 1), line: startLine });
          kept = '';
          place = 'between';
        }
      }
      if (place === 'inside') {
        kept += piece.slice(from);
        if (kept.length > MAX_ELEMENT_CHARS) {
          fault ??= {
            line: startLine,
            expected: `an element of at most ${MAX_ELEMENT_CHARS} characters`,
          };
        }
      }
      return elements;
    },
    get fault() {
      return fault;
    },
    end() {
      if (place === 'before') fault ??= { line, expected: 'a JSON array of objects' };
      else if (place !== 'after') fault ??= { line, expected: 'the end of the array' };
    },
  };
}
