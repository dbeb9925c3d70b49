/** The two ends of a bracket. */
export type Side = 'lower' | 'upper';
