/**
 * Keys that a JSON object has twice. A parser keeps the last of them in silence (RFC 8259, 4: "the behavior
 * is unpredictable"), and what one reader of a body checks another may not run. Called on text that has
 * been parsed, so its form is known to be right and its nesting is bounded.
 */
import type { Fault } from '../../core/base/fault.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** One open object or array on the way to where the scan is. */
interface Open {
  /** Keys seen so far; undefined in an array. */
  readonly keys: Set<string> | undefined;
  /** Where its present member is: the key, or the index. */
  at: string | number;
}

export function duplicateKeys(text: string): Fault[] {
  const faults: Fault[] = [];
  const open: Open[] = [];
  let awaitsKey = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    switch (token) {
      case '{':
        open.push({ keys: new Set(), at: '' });
        awaitsKey = true;
        break;
      case '[':
        open.push({ keys: undefined, at: 0 });
        awaitsKey = false;
        break;
      case '}':
      case ']':
        open.pop();
        awaitsKey = false;
        break;
      case ',':
        if (typeof top?.at === 'number') top.at += 1;
        awaitsKey = top?.keys !== undefined;
        break;
      case ':':
        awaitsKey = false;
        break;
      default:
        if (!awaitsKey || top?.keys === undefined) break;
        top.at = keyOf(token);
        if (top.keys.has(top.at)) faults.push(duplicate(open));
        top.keys.add(top.at);
    }
  }
  return faults;
}

/** `"a"` and `"\u0061"` are one key. */
function keyOf(token: string): string {
  return String(JSON.parse(token));
}

function duplicate(open: readonly Open[]): Fault {
  const pointer = open
    .map(({ at }) => `/${String(at).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
  return { pointer, code: 'duplicate_key', expected: 'each key once', received: 'the key again' };
}
