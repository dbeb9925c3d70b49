/**
 * Which of the offered media types an `Accept` header asks for (RFC 9110, 12.5.1): the highest weight
 * wins, the more exact range gives the weight, and between equals the order of the offer.
 */

/** A header of more ranges than this is not meant for us. */
const MAX_RANGES = 50;

interface Range {
  readonly type: string;
  readonly subtype: string;
  readonly weight: number;
}

/** Undefined when none of them is wanted. Without a header everything is. */
export function preferredType(
  accept: string | undefined,
  offered: readonly string[],
): string | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const ranges = accept.split(',', MAX_RANGES).flatMap(rangeOf);
  let best: string | undefined;
  let bestWeight = 0;
  for (const media of offered) {
    const weight = weightOf(media, ranges);
    if (weight > bestWeight) {
      best = media;
      bestWeight = weight;
    }
  }
  return best;
}

function rangeOf(text: string): Range[] {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [type = '', subtype = ''] = name.split('/');
  if (type === '' || subtype === '') return [];
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
  const value = weight === undefined ? 1 : Number(weight.replace(/^q\s*=\s*/, ''));
  return Number.isFinite(value) ? [{ type, subtype, weight: value }] : [];
}

function weightOf(media: string, ranges: readonly Range[]): number {
  const [type, subtype] = media.split('/');
  const exact = ranges.find((range) => range.type === type && range.subtype === subtype);
  const partial = ranges.find((range) => range.type === type && range.subtype === '*');
  const any = ranges.find((range) => range.type === '*' && range.subtype === '*');
  return (exact ?? partial ?? any)?.weight ?? 0;
}
