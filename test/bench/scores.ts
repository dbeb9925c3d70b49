/** Scores of many runs of one strategy on one cell: did the bracket hold, how wide, how long. */

/** What one run of any strategy answers. Loads in natural units. */
export interface RunAnswer {
  readonly lower?: number;
  readonly upper?: number;
  readonly estimate?: number;
  readonly loadSeconds: number;
  readonly probes: number;
  readonly requests: number;
  readonly driftSeen: boolean;
}

export interface CellScore {
  readonly cell: string;
  readonly strategy: string;
  readonly budget_s: number;
  readonly resolution: number;
  readonly seeds: number;
  readonly held_ratio: number;
  readonly low_miss_ratio: number;
  readonly high_miss_ratio: number;
  readonly lower_ratio: number;
  readonly two_sided_ratio: number;
  readonly width_p50: number | null;
  readonly load_seconds_p50: number;
  readonly load_seconds_p90: number;
  readonly oracle_ratio: number | null;
  readonly at_least_over_truth_p50: number;
  /** Share of runs whose lower bound is at least half the truth. */
  readonly half_truth_ratio: number;
  readonly overshoot_ratio: number;
  readonly estimate_error_p50: number | null;
  readonly estimate_error_p90: number | null;
  readonly drift_seen_ratio: number;
  readonly probes_p50: number;
  readonly requests_p50: number;
}

/** The truth itself is known to about this share: a bound within it is not called wrong. */
const TRUTH_TOLERANCE = 0.005;
const OVERSHOOT = 0.05;

export function scoreRuns(
  key: { cell: string; strategy: string; budgetS: number; resolution: number },
  runs: readonly RunAnswer[],
  truth: number,
): CellScore {
  const share = (test: (run: RunAnswer) => boolean): number =>
    runs.filter(test).length / runs.length;
  const lowMiss = (run: RunAnswer): boolean =>
    run.lower !== undefined && run.lower > truth * (1 + TRUTH_TOLERANCE);
  const highMiss = (run: RunAnswer): boolean =>
    run.upper !== undefined && run.upper < truth * (1 - TRUTH_TOLERANCE);
  const widths = runs.flatMap((run) =>
    run.lower === undefined || run.upper === undefined ? [] : [run.upper / run.lower - 1],
  );
  const errors = runs.flatMap((run) =>
    run.estimate === undefined ? [] : [Math.abs(run.estimate / truth - 1)],
  );
  return {
    cell: key.cell,
    strategy: key.strategy,
    budget_s: key.budgetS,
    resolution: key.resolution,
    seeds: runs.length,
    held_ratio: share((run) => !lowMiss(run) && !highMiss(run)),
    low_miss_ratio: share(lowMiss),
    high_miss_ratio: share(highMiss),
    lower_ratio: share((run) => run.lower !== undefined),
    two_sided_ratio: share((run) => run.lower !== undefined && run.upper !== undefined),
    width_p50: quantileOf(widths, 0.5),
    load_seconds_p50:
      quantileOf(
        runs.map((run) => run.loadSeconds),
        0.5,
      ) ?? 0,
    load_seconds_p90:
      quantileOf(
        runs.map((run) => run.loadSeconds),
        0.9,
      ) ?? 0,
    oracle_ratio: null,
    at_least_over_truth_p50:
      quantileOf(
        runs.map((run) => (run.lower ?? 0) / truth),
        0.5,
      ) ?? 0,
    half_truth_ratio: share((run) => (run.lower ?? 0) >= truth / 2),
    overshoot_ratio: share((run) => (run.lower ?? 0) > truth * (1 + OVERSHOOT)),
    estimate_error_p50: quantileOf(errors, 0.5),
    estimate_error_p90: quantileOf(errors, 0.9),
    drift_seen_ratio: share((run) => run.driftSeen),
    probes_p50:
      quantileOf(
        runs.map((run) => run.probes),
        0.5,
      ) ?? 0,
    requests_p50:
      quantileOf(
        runs.map((run) => run.requests),
        0.5,
      ) ?? 0,
  };
}

/** Nearest rank; null for no values. */
export function quantileOf(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? null;
}
