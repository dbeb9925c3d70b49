/**
 * Text from outside (model names, targets, labels) made fit for one line of a picture or a table. It
 * takes away only what no document can hold or what would break a line; escaping is the writer's part.
 */

/** Longer than any honest name; a picture or a table cell has no room for more. */
const MAX_LENGTH = 200;

export function plainText(text: string, maxLength = MAX_LENGTH): string {
  const line = Array.from(text, visible).join('');
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).trimEnd()}…`;
}

/** XML 1.0 has no form at all for most control characters and for lone surrogates. */
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029)
    return ' ';
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  // Marks that turn the direction of what follows could make a name read as another.
  const turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return surrogate || turns || code === 0xfffe || code === 0xffff ? '\ufffd' : character;
}
