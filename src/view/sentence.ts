/**
 * The answer as one sentence, the first thing that anyone reads: what was shown, at which SLO, with
 * which confidence, and what was not shown. It never says more than the bracket does.
 */
import type { Axis } from '../core/base/axis.ts';
import type { Question } from '../core/policy/question.ts';
import type { SearchResult, TierResult } from '../core/search/answer/result.ts';
import type { SearchFacts } from './search-facts.ts';
import { tierInQuestion, verdictOf } from './verdict.ts';

/** Rates live on a grid of a thousandth of a request per second. */
const RATE_DECIMALS = 3;

export function sentenceOf(facts: SearchFacts): string {
  const { result } = facts;
  const tier = result?.tiers[tierInQuestion(facts)];
  const shown = tier === undefined ? undefined : shownOf(facts, tier);
  switch (facts.state) {
    case 'queued':
      return 'Queued: no load has been sent yet.';
    case 'running':
      return `Still running${soFar(shown, result)}`;
    case 'done':
      return tier === undefined ? 'Done without a result.' : finished(facts, tier);
    case 'failed':
      return `Failed${because(facts)}${soFar(shown, result)}`;
    case 'cancelled':
      return `Cancelled${because(facts)}${soFar(shown, result)}`;
    case 'expired':
      return `Expired${because(facts)}${soFar(shown, result)}`;
  }
}

function finished(facts: SearchFacts, tier: TierResult): string {
  const { question, result } = facts;
  const shown = shownOf(facts, tier);
  const why = whyNoMore(tier, result);
  if (shown === undefined) {
    return facts.kind === 'gate'
      ? `Undecided: ${loadWords(question.axis, question.maxLoad)} ${question.maxLoad === 1 ? 'was' : 'were'} neither shown to pass nor to fail ${sloOf(question, tier)}; ${why}.`
      : `Undecided: no load was shown to pass or to fail ${sloOf(question, tier)}; ${why}.`;
  }
  const open = tier.outcome === 'unbounded_above' || tier.outcome === 'unbounded_below';
  const end = facts.kind === 'search' && open && tier.wholeRange === undefined ? `; ${why}` : '';
  return `${shown}${end}.${limitedBy(question, tier)}${requirement(facts)}`;
}

/** A gate speaks of its one load only; a search of both ends. */
function shownOf({ kind, question }: SearchFacts, tier: TierResult): string | undefined {
  if (kind === 'search') return whatWasShown(question, tier);
  const load = loadWords(question.axis, question.maxLoad);
  if (tier.upper !== undefined) return `Does not sustain ${load} ${sloOf(question, tier)}`;
  if (tier.lower === undefined) return undefined;
  // Several tiers pass together: the sentence names all that was asked.
  const text = question.tiers.map((each) => each.text).join(' and ');
  return `Sustains ${load} ${atSlo(text, question)}`;
}

/** What a search with a required load makes of it. */
function requirement(facts: SearchFacts): string {
  const required = facts.question.requiredAtLeast;
  if (facts.kind === 'gate' || required === undefined) return '';
  const load = loadWords(facts.question.axis, required);
  switch (verdictOf(facts)) {
    case 'pass':
      return ` The required ${load} are met.`;
    case 'fail':
      return ` The required ${load} are missed.`;
    default:
      return ` Whether the required ${load} are met is undecided.`;
  }
}

/** What ended it, and in the controller's words what more would be needed. */
function whyNoMore(tier: TierResult, result: SearchResult | undefined): string {
  const stopped = stopWords(result?.stopped);
  return tier.needs === undefined ? stopped : `${stopped} (${tier.needs})`;
}

/** `Carries at least 96 concurrent requests at p99(ttft) < 500 ms (95 % confidence); 104 fails` */
function whatWasShown(question: Question, tier: TierResult): string | undefined {
  const slo = sloOf(question, tier);
  const { axis } = question;
  const { lower, upper } = tier;
  if (lower !== undefined && upper !== undefined) {
    return `Carries at least ${loadWords(axis, lower)} ${slo}; ${loadNumber(axis, upper)} fails`;
  }
  if (lower !== undefined) {
    return `Carries at least ${loadWords(axis, lower)} ${slo}; no load up to ${loadNumber(axis, question.maxLoad)} was shown to fail`;
  }
  if (upper !== undefined) {
    return `Fails at ${loadWords(axis, upper)} ${slo}; no load from ${loadNumber(axis, question.minLoad)} up was shown to pass`;
  }
  return undefined;
}

function sloOf(question: Question, tier: TierResult): string {
  const text = question.tiers.find((candidate) => candidate.name === tier.tier)?.text ?? tier.tier;
  return atSlo(text, question);
}

function atSlo(text: string, { confidence }: Question): string {
  return `at ${text} (${percent(confidence)} confidence)`;
}

function limitedBy(question: Question, tier: TierResult): string {
  const objectives = question.tiers.find((each) => each.name === tier.tier)?.objectives ?? [];
  const binding = objectives.find((objective) => objective.id === tier.bindingObjective);
  // With a single objective there is nothing to tell.
  return binding === undefined || objectives.length < 2 ? '' : ` Limited by ${binding.text}.`;
}

function soFar(shown: string | undefined, result: SearchResult | undefined): string {
  const probes = result?.probes ?? 0;
  if (probes === 0) return ': no probe has finished.';
  const after = `after ${probes} ${probes === 1 ? 'probe' : 'probes'}`;
  if (shown === undefined) return `; ${after} no load was shown to pass or to fail.`;
  return `; ${after}: ${shown.charAt(0).toLowerCase()}${shown.slice(1)}.`;
}

function because(facts: SearchFacts): string {
  // Cancelled because it was cancelled says nothing more.
  if (facts.reason === undefined || facts.reason === facts.state) return '';
  const why = endWords(facts.reason);
  return facts.detail === undefined ? ` (${why})` : ` (${why}: ${facts.detail})`;
}

/** Why it ended, for people; the name in `reason` is for programs. */
const END_WORDS: Readonly<Record<string, string>> = {
  budget: 'the budget ended',
  range_exhausted: 'the range ended',
  missing_measurement: 'the target does not give what the SLO measures',
  rejudged: 'the stored records hold no more',
  decided: 'it was decided by other tiers',
  cancelled: 'it was cancelled',
  client_limited: 'the load generator, not the target, was the limit',
  generator_lost: 'a load generator died',
  no_workers: 'no worker was free',
  target_lost: 'the target was lost',
  target_changed: 'the target serves another model than before',
  target_turns_requests_away: 'the target turns requests away',
  kill_switch: 'the kill switch was engaged',
  lease_expired: 'nobody asked about it any more',
  deadline_reached: 'its deadline came',
  internal_error: 'a fault of Plimsoll itself',
};

function endWords(reason: string): string {
  return END_WORDS[reason] ?? reason.replaceAll('_', ' ');
}

function stopWords(stopped: string | undefined): string {
  if (stopped === undefined) return 'it has not ended';
  return END_WORDS[stopped] ?? `it stopped: ${endWords(stopped)}`;
}

export function loadNumber(axis: Axis, load: number): string {
  return axis === 'concurrency' ? String(load) : String(Number(load.toFixed(RATE_DECIMALS)));
}

export function loadWords(axis: Axis, load: number): string {
  if (axis === 'request_rate') return `${loadNumber(axis, load)} requests/s`;
  return `${load} concurrent ${load === 1 ? 'request' : 'requests'}`;
}

/** 0.95 as `95 %`, 0.995 as `99.5 %`. */
function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(2))} %`;
}
