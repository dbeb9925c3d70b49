/**
 * States and verdicts as a shape and a word: the colour only repeats what both say. The shape is for
 * the eye, a screen reader reads the word.
 */
import { html } from 'hono/html';
import type { ProbeReport, Verdict } from '../../core/probe/probe-report.ts';
import type { SearchFacts } from '../search-facts.ts';
import type { Markup } from './layout.ts';

interface Mark {
  readonly shape: string;
  readonly word: string;
  /** Class of the style sheet. */
  readonly look: 'good' | 'bad' | 'open' | 'faint' | 'busy';
}

const STATES: Readonly<Record<SearchFacts['state'], Mark>> = {
  queued: { shape: '…', word: 'queued', look: 'faint' },
  running: { shape: '▶', word: 'running', look: 'busy' },
  done: { shape: '■', word: 'done', look: 'good' },
  failed: { shape: '✕', word: 'failed', look: 'bad' },
  cancelled: { shape: '⊘', word: 'cancelled', look: 'faint' },
  expired: { shape: '⊘', word: 'expired', look: 'faint' },
};

const VERDICTS: Readonly<Record<Verdict, Mark>> = {
  pass: { shape: '✓', word: 'pass', look: 'good' },
  fail: { shape: '✕', word: 'fail', look: 'bad' },
  inconclusive: { shape: '?', word: 'undecided', look: 'open' },
};

const VOID: Mark = { shape: '–', word: 'void', look: 'faint' };

export function stateMark(state: SearchFacts['state']): Markup {
  return markOf(STATES[state]);
}

export function verdictMark(verdict: Verdict): Markup {
  return markOf(VERDICTS[verdict]);
}

/** Of one tier; a voided probe says nothing, whatever it measured. */
export function probeMark(probe: ProbeReport, tier: string): Markup {
  const verdict = probe.tiers.find((one) => one.tier === tier)?.verdict ?? 'inconclusive';
  return markOf(probe.voided === undefined ? VERDICTS[verdict] : VOID);
}

function markOf({ shape, word, look }: Mark): Markup {
  return html`<span class="mark ${look}"><span aria-hidden="true">${shape}</span> ${word}</span>`;
}
