/**
 * Where a text stops being JSON (RFC 8259). The engine's own message names the place for some faults
 * only, and a person with a broken body wants the line. Called only after JSON.parse has refused, on
 * texts whose length and nesting are bounded.
 */
const SPACE = /[ \t\n\r]*/y;
// One character a turn: a repeat within the repeat would try for ever on a string that has no end.
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly what JSON forbids in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** Index of the first character (or token) that cannot be there; the length when the end is missing. */
export function jsonFaultAt(text: string): number {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const char = (wanted: string): boolean => {
    take(SPACE);
    if (text[at] !== wanted) return false;
    at += 1;
    return true;
  };
  const member = (): boolean => {
    take(SPACE);
    return take(STRING) && char(':') && value();
  };
  const list = (close: string, item: () => boolean): boolean => {
    if (char(close)) return true;
    do if (!item()) return false;
    while (char(','));
    return char(close);
  };
  const value = (): boolean => {
    take(SPACE);
    if (char('{')) return list('}', member);
    if (char('[')) return list(']', value);
    return take(STRING) || take(NUMBER) || take(WORD);
  };
  if (value()) take(SPACE);
  return at;
}
