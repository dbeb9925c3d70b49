/** The leaves: missing and not finite are null, times are RFC 3339. */

/** Missing and not finite are null: JSON has no NaN, and nobody can compare with one. */
export function number(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

export function time(ms: number): string {
  return new Date(ms).toISOString();
}

export function optionalTime(ms: number | undefined): string | null {
  return ms === undefined ? null : time(ms);
}
