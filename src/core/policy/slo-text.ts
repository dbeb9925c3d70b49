/** Canonical spelling and ids of objectives: one objective, one text, and it parses to itself. */
import type { Objective, RequestBound } from './objective.ts';

const RATIO_PLACES = 10;

export function timeText(ms: number): string {
  return `${ms} ms`;
}

export function percentText(ratio: number): string {
  return `${Number((ratio * 100).toFixed(RATIO_PLACES))}%`;
}

export function boundText(bound: RequestBound): string {
  return `${bound.metric} ${bound.operator} ${timeText(bound.boundMs)}`;
}

/** `p99(ttft)`, stable over bounds: the bound may change, the objective stays the same one. */
export function quantileId(q: number, metric: string): string {
  return `p${Number((q * 100).toFixed(RATIO_PLACES))}(${metric})`;
}

/** Several attainments may stand together, so their bounds are part of the id. */
export function attainmentId(bounds: readonly RequestBound[]): string {
  const parts = bounds.map((bound) => `${bound.metric}${bound.operator}${bound.boundMs}ms`);
  return `attainment(${parts.join(',')})`;
}

export function sloText(objectives: readonly Objective[]): string {
  return objectives.map((objective) => objective.text).join(' and ');
}
