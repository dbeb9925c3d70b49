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

/** Levenshtein's distance: insertions, deletions and replacements of one letter (Wagner and Fischer). */
function slipsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
