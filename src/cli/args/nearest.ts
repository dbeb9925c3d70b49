/** `; did you mean --max?`: the nearest of the names that exist, when one is near enough. */

/** One slip in three letters is a typo; more is another word. */
const SLIPS_PER_LETTER = 1 / 3;

export function nearest(given: string, names: readonly string[]): string {
  const ranked = names
    .map((name) => ({ name, slips: slipsBetween(given, name) }))
    .sort((a, b) => a.slips - b.slips);
  const best = ranked[0];
  if (best === undefined || best.slips > Math.max(1, given.length * SLIPS_PER_LETTER)) return '';
  return `; did you mean ${best.name}?`;
}

/**
 * Insertions, deletions and replacements of one letter, and swaps of two neighbours: the optimal string
 * alignment distance (Damerau, Levenshtein). A swap is the slip that people make most.
 */
function slipsBetween(a: string, b: string): number {
  let older: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  const at = (values: readonly number[], j: number): number =>
    values[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(older, j - 2) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(replaced, swapped, at(row, j) + 1, at(next, j - 1) + 1));
    }
    older = row;
    row = next;
  }
  return at(row, b.length);
}
