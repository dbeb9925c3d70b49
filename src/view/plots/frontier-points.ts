/** The frontier of a source, also before there is a result. */
import { buildFrontier } from '../../core/frontier/frontier.ts';
import type { FrontierPoint } from '../../core/frontier/frontier-point.ts';
import type { Verdict } from '../../core/probe/probe-report.ts';
import type { SearchResult } from '../../core/search/answer/result.ts';
import type { PlotSource } from './plot-source.ts';
import type { ProbeState } from './probe-marks.ts';

export function frontierOf(source: PlotSource): readonly FrontierPoint[] {
  const { question, probes } = source;
  return buildFrontier(probes, source.result ?? nothingKnown(source), question.axis);
}

/** Before the first assessment: every tier is undecided. */
function nothingKnown({ question }: PlotSource): SearchResult {
  return {
    confidence: question.confidence,
    resolution: question.resolution,
    tiers: question.tiers.map(({ name }) => ({ tier: name, outcome: 'undecided' })),
    warnings: [],
    probes: 0,
    requests: 0,
    loadSeconds: 0,
    stopped: '',
  };
}

export function stateOf(verdict: Verdict): ProbeState {
  return verdict === 'inconclusive' ? 'undecided' : verdict;
}
