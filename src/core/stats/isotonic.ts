/**
 * Isotonic regression: the non-decreasing sequence nearest to weighted values. Pool adjacent
 * violators (Ayer et al. 1955; Barlow, Bartholomew, Bremner and Brunk 1972), O(n).
 */

/** `values` in the order of rising load; `weights` > 0. Returns the fit, same length. */
export function isotonicFit(values: readonly number[], weights: readonly number[]): number[] {
  const means: number[] = [];
  const masses: number[] = [];
  const sizes: number[] = [];
  for (let i = 0; i < values.length; i++) {
    let mean = values[i] ?? 0;
    let mass = weights[i] ?? 0;
    let size = 1;
    while (means.length > 0 && (means[means.length - 1] ?? 0) >= mean) {
      const lastMean = means.pop() ?? 0;
      const lastMass = masses.pop() ?? 0;
      size += sizes.pop() ?? 0;
      const total = mass + lastMass;
      mean = total > 0 ? (mean * mass + lastMean * lastMass) / total : lastMean;
      mass = total;
    }
    means.push(mean);
    masses.push(mass);
    sizes.push(size);
  }
  const fit: number[] = [];
  for (let j = 0; j < means.length; j++) {
    for (let i = 0; i < (sizes[j] ?? 0); i++) fit.push(means[j] ?? 0);
  }
  return fit;
}
