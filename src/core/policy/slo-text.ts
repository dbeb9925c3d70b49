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
export function quantileId(q: number, metric: string, part?: string): string {
  return `p${Number((q * 100).toFixed(RATIO_PLACES))}(${[metric, ...ofPart(part)].join(', ')})`;
}

export function meanId(metric: string, part?: string): string {
  return `mean(${[metric, ...ofPart(part)].join(', ')})`;
}

/** `error_rate`, or `error_rate(rag)`. */
export function countId(word: string, part?: string): string {
  return part === undefined ? word : `${word}(${part})`;
}

function ofPart(part: string | undefined): readonly string[] {
  return part === undefined ? [] : [part];
}

export function attainmentText(
  bounds: readonly RequestBound[],
  ratio: number,
  part: string | undefined,
): string {
  const inside = [bounds.map(boundText).join(' and '), ...ofPart(part)].join(', ');
  return `attainment(${inside}) >= ${percentText(ratio)}`;
}

/** Several attainments may stand together, so their bounds are part of the id. */
export function attainmentId(bounds: readonly RequestBound[], part?: string): string {
  const parts = bounds.map((bound) => `${bound.metric}${bound.operator}${bound.boundMs}ms`);
  return `attainment(${[...parts, ...ofPart(part)].join(',')})`;
}

export function sloText(objectives: readonly Objective[]): string {
  return objectives.map((objective) => objective.text).join(' and ');
}
