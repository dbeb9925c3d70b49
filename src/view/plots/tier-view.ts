/** The tier that a plot is about, with what was found for it and the words that every plot needs. */

import { firstValidProbe } from '../../core/frontier/frontier.ts';
import type { Objective, SloTier } from '../../core/policy/objective.ts';
import type { ObjectiveVerdict, ProbeReport } from '../../core/probe/probe-report.ts';
import type { TierResult } from '../../core/search/answer/result.ts';
import { loadNumber, loadWords } from '../sentence.ts';
import { plainText } from './plain-text.ts';
import type { PlotSource } from './plot-source.ts';
import { judgementOf, type ProbeState, probeState } from './probe-marks.ts';

export interface TierView {
  readonly tier: SloTier;
  readonly result: TierResult | undefined;
  /** `slo` or, of several, the tier's name. */
  readonly label: string;
  readonly isOneOfMany: boolean;
  readonly running: boolean;
}

export function tierView(source: PlotSource): TierView {
  const { tiers } = source.question;
  const tier = tiers.find((each) => each.name === source.tier) ?? tiers[0];
  if (tier === undefined) throw new Error('Internal error: a question without a tier');
  return {
    tier,
    result: source.result?.tiers.find((each) => each.tier === tier.name),
    label: plainText(tier.name, 40),
    isOneOfMany: tiers.length > 1,
    running: source.state === 'running' || source.state === 'queued',
  };
}

/** Title and, of several tiers, which one. */
export function titled(title: string, view: TierView): string {
  return view.isOneOfMany ? `${title}, tier ${view.label}` : title;
}

/** The objective that sets the capacity; before that is known the first about a latency, else the first. */
export function shownObjective(view: TierView): Objective | undefined {
  const { objectives } = view.tier;
  return (
    objectives.find((objective) => objective.id === view.result?.bindingObjective) ??
    objectives.find((one) => one.kind === 'quantile' || one.kind === 'mean') ??
    objectives[0]
  );
}

export function verdictOn(
  report: ProbeReport,
  view: TierView,
  objective: Objective | undefined,
): ObjectiveVerdict | undefined {
  return judgementOf(report, view.tier.name)?.objectives.find((each) => each.id === objective?.id);
}

/** The bracket in words: `96 passes, 104 fails`. */
export function bracketWords(source: PlotSource, result: TierResult | undefined): string {
  const { axis, minLoad, maxLoad } = source.question;
  const { lower, upper } = result ?? {};
  if (lower !== undefined && upper !== undefined) {
    return `${loadWords(axis, lower)} pass, ${loadNumber(axis, upper)} fail`;
  }
  if (lower !== undefined) {
    return `${loadWords(axis, lower)} pass, no load up to ${loadNumber(axis, maxLoad)} was shown to fail`;
  }
  if (upper !== undefined) {
    return `${loadWords(axis, upper)} fail, no load from ${loadNumber(axis, minLoad)} up was shown to pass`;
  }
  return 'no load was shown to pass or to fail';
}

/** Probes before this one were measured on a target that has changed since; no bracket speaks of them. */
export function validFrom(source: PlotSource): number {
  return source.result === undefined ? 0 : firstValidProbe(source.result);
}

/** How a probe ended, as all plots show it. */
export function stateInPlot(source: PlotSource, view: TierView, report: ProbeReport): ProbeState {
  const bracket = report.probe < validFrom(source) ? undefined : view.result;
  return probeState(report, view.tier.name, bracket);
}

/** What stands in a plot that has no point yet. */
export function nothingYet(source: PlotSource): string {
  if (source.probes.length > 0) return 'No probe gave a number for this plot.';
  switch (source.state) {
    case 'queued':
      return 'Queued: no load has been sent yet.';
    case 'running':
      return 'The first probe is running.';
    default:
      return 'No probe finished.';
  }
}
