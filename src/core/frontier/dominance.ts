/**
 * Which loads nobody should choose: another one gives at least as much (throughput, and goodput of
 * the first tier) at no more latency, and beats it in one of them. Ties are kept, nothing is rounded.
 * Latency is the quantile that the first tier is judged by, so "dominated" speaks of the SLO's axis.
 */
import type { FrontierPoint } from './frontier-point.ts';

interface Merits {
  readonly completedRps: number;
  readonly goodputRps: number;
  readonly latencyMs: number;
}

export function markDominated(points: readonly FrontierPoint[]): readonly FrontierPoint[] {
  const merits = points.map(meritsOf);
  return points.map((point, i) => {
    const own = merits[i];
    const dominated =
      own !== undefined && merits.some((other) => other !== undefined && dominates(other, own));
    return { ...point, dominated };
  });
}

function dominates(a: Merits, b: Merits): boolean {
  const noWorse =
    a.completedRps >= b.completedRps && a.goodputRps >= b.goodputRps && a.latencyMs <= b.latencyMs;
  const better =
    a.completedRps > b.completedRps || a.goodputRps > b.goodputRps || a.latencyMs < b.latencyMs;
  return noWorse && better;
}

/** Undefined when the point has no latency at all: it is neither dominated nor dominates. */
function meritsOf(point: FrontierPoint): Merits | undefined {
  const tier = point.tiers[0];
  const judged = tier?.judged?.unit === 'ms' ? tier.judged.measured.value : undefined;
  const latencyMs = judged ?? point.ttftMs?.p99.value ?? point.e2eMs?.p99.value;
  if (latencyMs === undefined) return undefined;
  // Without a goodput the throughput alone counts.
  const goodputRps = tier?.goodputRps?.value ?? point.completedRps;
  return { completedRps: point.completedRps, goodputRps, latencyMs };
}
